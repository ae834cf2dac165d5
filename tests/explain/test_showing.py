import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.explain.showing import choose_shown_photo
from crack_pipeline.prediction.model_info import ModelInfo


def info(task: str) -> ModelInfo:
    return ModelInfo(task=task, model="any", tile_px=32)


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_the_first_test_photo_with_crack_is_shown(line_manifest, task):
    image_id, photo = choose_shown_photo(line_manifest, info(task))
    assert image_id == "photo_08"
    assert photo.shape == (32, 32, 3)
    assert photo.min() < 100


def test_without_masks_and_labels_the_middle_of_the_first_photo_is_shown(line_manifest):
    bare = line_manifest.assign(mask_path=pd.NA, label=pd.NA).astype(
        {"mask_path": "string", "label": "Int8"}
    )
    image_id, photo = choose_shown_photo(bare, info("segmentation"))
    assert image_id == "photo_08"
    assert photo.dtype == np.uint8


def test_refuses_an_empty_test_split(line_manifest):
    with pytest.raises(ManifestError, match="no usable photo in the test split"):
        choose_shown_photo(line_manifest[line_manifest["split"] != "test"], info("segmentation"))
