"""What another program wrote gets the table that a model of our own gets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.scoring.pairing import Pairing, pair_folders
from crack_pipeline.tasks.foreign_masks import score_pairs
from crack_pipeline.tasks.settings import SegmentationEvaluation

SETTINGS = SegmentationEvaluation(resamples=100)


def _write(folder: Path, name: str, samples: np.ndarray) -> None:
    folder.mkdir(exist_ok=True)
    if samples.dtype == np.uint8:
        assert cv2.imwrite(str(folder / f"{name}.png"), samples)
    else:
        np.save(folder / f"{name}.npy", samples)


def _line(row: int) -> np.ndarray:
    mask = np.zeros((32, 48), np.uint8)
    mask[row : row + 3, 4:44] = 1
    return mask


def _pairs(tmp_path: Path, kind: str, *, inverted: tuple[str, ...] = ()) -> Pairing:
    rng = np.random.default_rng(0)
    for number in range(6):
        truth = _line(5 + 3 * number)
        mask = 1 - truth if "masks" in inverted else truth
        _write(tmp_path / "masks", f"{number // 2}_{number}", mask * 255)
        predicted = np.roll(truth, number % 2, axis=0)
        predicted = 1 - predicted if "predictions" in inverted else predicted
        ramp = np.clip(0.1 + 0.8 * predicted + rng.normal(0, 0.02, truth.shape), 0, 1)
        written = {
            "mask": predicted * np.uint8(255),
            "8 bit": np.rint(255 * ramp).astype(np.uint8),
            "unit": ramp.astype(np.float32),
            "overshoot": (ramp + 0.11 * (ramp > 0.93)).astype(np.float32),
            "faint": (ramp / 2).astype(np.float32),
            "percent": (100 * ramp).astype(np.float32),
        }[kind]
        _write(tmp_path / "predictions", f"{number // 2}_{number}", written)
    return pair_folders(tmp_path / "predictions", tmp_path / "masks")


@pytest.mark.parametrize(
    ("kind", "choice", "name"),
    [
        ("mask", "auto", "mask"),
        ("8 bit", "auto", "0–255"),
        ("unit", "auto", "0–1"),
        ("overshoot", "auto", "0–1"),
        ("percent", 100, "0–100"),
    ],
)
def test_the_scale_does_not_change_the_score(tmp_path, kind, choice, name):
    scores = score_pairs(_pairs(tmp_path, kind), SETTINGS, threshold=0.5, scale=choice)
    assert scores.parts["scale"] == name
    # three of six lines lie one row off: a third of their pixels on either side
    assert scores.metrics["f1_pooled"] == pytest.approx(5 / 6)
    assert scores.metrics["f1_tolerance_2px_pooled"] == 1.0
    assert any("recognised" in note for note in scores.parts["notes"])
    assert scores.parts["doubts"] == []
    shown = {row["name"] for row in scores.parts["headline"]}
    assert ("average_precision_pooled" in shown) == (kind != "mask")


def test_files_of_one_photo_are_drawn_together(tmp_path):
    pairing = _pairs(tmp_path, "mask")
    alone = score_pairs(pairing, SETTINGS, threshold=0.5)
    together = score_pairs(pairing, SETTINGS, threshold=0.5, photo_id_pattern=r"^(\d+)_")
    groups = [{p["group_id"] for p in s.parts["photos"]} for s in (alone, together)]
    assert [len(names) for names in groups] == [6, 3]
    assert any("photo_id_pattern" in note for note in alone.parts["notes"])


@pytest.mark.parametrize(("pattern", "told"), [("(", "regular expression"), ("x", "found in")])
def test_a_pattern_that_does_not_fit_is_refused(tmp_path, pattern, told):
    with pytest.raises(ParameterError, match=told):
        score_pairs(_pairs(tmp_path, "mask"), SETTINGS, threshold=0.5, photo_id_pattern=pattern)


def test_another_size_is_refused_by_name(tmp_path):
    pairing = _pairs(tmp_path, "mask")
    _write(tmp_path / "predictions", "0_0", _line(5)[:-2] * np.uint8(255))
    with pytest.raises(ShapeError, match="0_0"):
        score_pairs(pairing, SETTINGS, threshold=0.5)


def test_what_was_skipped_is_told(tmp_path):
    _pairs(tmp_path, "mask")
    _write(tmp_path / "masks", "9_9", _line(5))
    pairing = pair_folders(tmp_path / "predictions", tmp_path / "masks", unpaired="skip")
    scores = score_pairs(pairing, SETTINGS, threshold=0.5)
    assert "1 file without one partner was skipped" in " ".join(scores.parts["notes"])
    report = scores.parts
    assert report["skipped"]["masks_without_prediction"] == ["9_9.png"]


def test_predictions_below_the_threshold_are_doubted(tmp_path):
    scores = score_pairs(_pairs(tmp_path, "faint"), SETTINGS, threshold=0.5)
    assert scores.metrics["f1_pooled"] == 0.0
    (doubt,) = scores.parts["doubts"]
    assert "F1 is 0.83" in doubt
    assert "scoring.scale" in doubt


def test_empty_predictions_are_doubted_only_where_there_is_crack(tmp_path):
    _write(tmp_path / "predictions", "a", np.zeros((16, 16), np.uint8))
    _write(tmp_path / "masks", "a", np.zeros((16, 16), np.uint8))
    pairing = pair_folders(tmp_path / "predictions", tmp_path / "masks")
    assert score_pairs(pairing, SETTINGS, threshold=0.5).parts["doubts"] == []
    _write(tmp_path / "masks", "a", np.eye(16, dtype=np.uint8))
    (doubt,) = score_pairs(pairing, SETTINGS, threshold=0.5).parts["doubts"]
    assert "although true masks hold crack" in doubt


@pytest.mark.parametrize(
    ("inverted", "told"),
    [
        (("predictions",), ["Predictions are 9"]),
        (("masks",), ["True masks are 92%"]),
        (("predictions", "masks"), ["Predictions are 9", "True masks are 92%"]),
    ],
)
def test_inverted_files_are_doubted(tmp_path, inverted, told):
    scores = score_pairs(_pairs(tmp_path, "8 bit", inverted=inverted), SETTINGS, threshold=0.5)
    assert len(scores.parts["doubts"]) == len(told)
    assert all(
        doubt.startswith(start) for doubt, start in zip(scores.parts["doubts"], told, strict=True)
    )


def test_a_threshold_off_the_grid_is_rounded_in_the_remedy(tmp_path):
    with pytest.raises(ParameterError, match=r"scoring\.threshold=0\.33"):
        score_pairs(_pairs(tmp_path, "mask"), SETTINGS, threshold=0.333)


def test_true_masks_may_be_arrays(tmp_path):
    _write(tmp_path / "predictions", "a", _line(5) * 255)
    _write(tmp_path / "masks", "a", _line(5).astype(bool))
    pairing = pair_folders(tmp_path / "predictions", tmp_path / "masks")
    scores = score_pairs(pairing, SETTINGS, threshold=0.5)
    assert scores.metrics["f1_pooled"] == 1.0
    assert scores.parts["notes"][0].startswith("1 prediction was recognised")
