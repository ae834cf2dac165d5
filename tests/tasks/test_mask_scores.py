import errno
from pathlib import Path

import numpy as np
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.tasks.mask_scores import score_split
from crack_pipeline.tasks.settings import SegmentationEvaluation

SETTINGS = SegmentationEvaluation()


def _see_darkness(image: np.ndarray) -> np.ndarray:
    return (1 - image.mean(axis=-1) / 255).astype(np.float32)


def test_a_threshold_chosen_later_gives_what_a_known_one_gives(line_manifest):
    later = score_split(_see_darkness, line_manifest, "test", SETTINGS, decide=lambda _: 0.37)
    known = score_split(_see_darkness, line_manifest, "test", SETTINGS, decide=0.37)
    assert later.summarize(0.37, SETTINGS, "test") == known.summarize(0.37, SETTINGS, "test")
    np.testing.assert_array_equal(later.sums.lines.columns(), known.sums.lines.columns())


def test_each_photo_is_predicted_once_and_given_away(line_manifest):
    predicted, kept = [], {}

    def predict(image: np.ndarray) -> np.ndarray:
        predicted.append(image)
        return _see_darkness(image)

    scores = score_split(
        predict,
        line_manifest,
        "validation",
        SETTINGS,
        decide=lambda _: 0.5,
        keep=lambda image_id, probability: kept.update({image_id: probability}),
    )
    assert len(predicted) == len(scores.rows) == 4
    assert list(kept) == scores.rows["image_id"].tolist()


def test_names_of_the_centreline_metrics(line_manifest):
    metrics = score_split(_see_darkness, line_manifest, "test", SETTINGS, decide=0.5).summarize(
        0.5, SETTINGS, "test"
    )
    lines = {
        f"test_{rate}_tolerance_2px_{width}_pooled"
        for rate in ("recall", "f1")
        for width in ("thin", "medium", "wide")
    }
    assert lines | {"test_cldice_pooled", "test_cldice_mean"} <= set(metrics)
    assert metrics["test_cldice_pooled"] == metrics["test_cldice_mean"] == 1.0


def test_the_waiting_maps_are_gone_afterwards(line_manifest, tmp_path, monkeypatch):
    folder = tmp_path / "waiting"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    waiting = []

    def look(_) -> float:
        waiting.extend(folder.rglob("*.png"))
        return 0.5

    score_split(_see_darkness, line_manifest, "validation", SETTINGS, decide=look)
    assert len(waiting) == 4
    assert list(folder.iterdir()) == []


def test_a_full_disk_says_where(line_manifest, monkeypatch):
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(StorageError, match="No space left") as raised:
        score_split(_see_darkness, line_manifest, "validation", SETTINGS, decide=lambda _: 0.5)
    assert "TMPDIR" in str(raised.value)
