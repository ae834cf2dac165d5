import json

import numpy as np
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.outcomes import Subject, format_cost, require_same_manifest, time_views

INFO = ModelInfo(task="segmentation", model="unet", tile_px=64, run_id="r1", manifest_digest="m1")


def test_titles_name_split_and_size(line_manifest):
    subject = Subject(bundle_of(lambda batch: batch, INFO), line_manifest, "lines")
    assert subject.title("Masks", "test", 6) == "Masks, 6 test photos"


def test_accepts_the_manifest_of_the_training_wherever_it_lies(line_manifest):
    info = INFO.model_copy(update={"manifest_digest": digest_manifest(line_manifest)})
    line_manifest["image_path"] = "/elsewhere/" + line_manifest["image_id"]
    require_same_manifest(info, line_manifest)
    require_same_manifest(INFO.model_copy(update={"manifest_digest": None}), line_manifest)


def test_refuses_a_manifest_split_otherwise(line_manifest):
    info = INFO.model_copy(update={"manifest_digest": digest_manifest(line_manifest)})
    line_manifest.loc[0, "split"] = "test"
    with pytest.raises(ManifestError, match="trained with"):
        require_same_manifest(info, line_manifest)


@pytest.mark.parametrize(("task", "overlap_px"), [("segmentation", 8), ("classification", None)])
def test_photos_are_predicted_under_the_views_and_under_one(line_manifest, task, overlap_px):
    calls = []

    def predict(batch: np.ndarray) -> np.ndarray:
        calls.append(len(batch))
        return np.zeros(batch.shape[: 1 if overlap_px is None else 3], np.float32)

    info = ModelInfo(task=task, model="none", tile_px=64, overlap_px=overlap_px, batch_size=1)
    bundle = bundle_of(predict, info).under("flips")
    cost = time_views(bundle, line_manifest["image_path"][:2])
    # two photos of one tile, under four views and one, once to be traced and once to be timed
    assert len(calls) == 2 * 2 * (4 + 1)
    assert cost["views"] == "flips"
    assert cost["tta_cost_ratio"] == cost["seconds_a_photo"] / cost["seconds_a_photo_without"]
    json.dumps(cost, allow_nan=False)


@pytest.mark.parametrize("seconds", [0.5, 25.0])
def test_the_cost_in_words(seconds):
    cost = {
        "views": "flips",
        "seconds_a_photo": 4 * seconds,
        "seconds_a_photo_without": seconds,
        "tta_cost_ratio": 4.0,
    }
    assert "4.0 times" in format_cost(cost)
    assert f"instead of {seconds:.3g} s" in format_cost(cost)
