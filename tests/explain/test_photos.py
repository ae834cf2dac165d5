import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.errors import ManifestError
from crack_pipeline.explain.photos import (
    KINDS,
    choose_photos,
    choose_shown_photo,
    cut_tile,
    list_joint_photos,
    place_tile,
    resize_whole,
)
from crack_pipeline.explain.settings import ExplanationSettings, ScoringSettings
from crack_pipeline.prediction.model_info import ModelInfo

SETTINGS = ExplanationSettings(sheet_photos=1, scores=ScoringSettings(photos=2, joint_photos=1))


def mask_photo(number: int, tp: int, fp: int, fn: int) -> dict:
    return {
        "image_id": f"photo_{number:02d}",
        "true_positive": tp,
        "false_positive": fp,
        "false_negative": fn,
    }


# photo_08 to photo_13 are the test photos of the manifest
MASKS = [
    mask_photo(8, 90, 5, 5),
    mask_photo(9, 0, 30, 0),
    mask_photo(10, 50, 50, 50),
    mask_photo(11, 10, 0, 90),
    mask_photo(12, 70, 10, 20),
    mask_photo(13, 1, 200, 60),
]
LABELS = [
    {"image_id": f"photo_{number:02d}", "label": label, "probability": probability}
    for number, label, probability in [
        (8, 1, 0.99),
        (9, 0, 0.80),
        (10, 1, 0.55),
        (11, 0, 0.10),
        (12, 1, 0.20),
        (13, 1, 0.70),
    ]
]


def choose(manifest, photos, task, **kwargs):
    settings = kwargs.pop("settings", SETTINGS)
    return choose_photos(photos, manifest, task=task, threshold=0.5, settings=settings, **kwargs)


def kinds(chosen) -> dict[str, str]:
    return {one.kind: one.image_id for one in chosen if one.kind is not None}


def test_masks_best_worst_false_alarms_misses_and_median(line_manifest):
    assert kinds(choose(line_manifest, MASKS, "segmentation")) == {
        "best": "photo_08",
        "worst": "photo_13",
        "false alarms": "photo_09",  # nothing is cracked there
        "misses": "photo_11",
        "median": "photo_10",
    }


def test_labels_best_worst_false_alarms_misses_and_median(line_manifest):
    chosen = kinds(choose(line_manifest, LABELS, "classification"))
    assert chosen["best"] == "photo_08"
    assert chosen["false alarms"] == "photo_09"
    assert chosen["misses"] == "photo_12"
    assert set(chosen) <= set(KINDS)


def test_what_comes_after_a_photo_of_another_row_is_marked(line_manifest):
    def others(photos: list[dict], task: str) -> dict[str, bool]:
        chosen = choose(line_manifest, photos, task)
        return {one.kind: one.is_of_others for one in chosen if one.kind is not None}

    # The worst labels are the false alarm and the miss.
    assert others(LABELS, "classification") == {
        "best": False,
        "false alarms": False,
        "misses": False,
        "worst": True,
        "median": False,
    }
    assert not any(others(MASKS, "segmentation").values())
    few = [mask_photo(8, 90, 5, 5), mask_photo(9, 5, 50, 95), mask_photo(10, 50, 50, 50)]
    assert others(few, "segmentation") == {"best": False, "worst": False, "false alarms": True}


def test_each_photo_is_named_once_in_the_order_of_the_sheet(line_manifest):
    settings = SETTINGS.model_copy(update={"sheet_photos": 2})
    chosen = choose(line_manifest, MASKS, "segmentation", settings=settings)
    ids = [one.image_id for one in chosen]
    assert len(ids) == len(set(ids))
    order = [KINDS.index(one.kind) for one in chosen if one.kind is not None]
    assert order == sorted(order)


def test_scored_photos_show_crack_and_are_drawn_by_the_seed(line_manifest):
    def scored(seed: int) -> set[str]:
        settings = SETTINGS.model_copy(update={"seed": seed})
        chosen = choose(line_manifest, MASKS, "segmentation", settings=settings)
        return {one.image_id for one in chosen if one.is_scored}

    assert scored(0) == scored(0)
    assert all(len(scored(seed)) == 2 and "photo_09" not in scored(seed) for seed in range(8))
    assert len({frozenset(scored(seed)) for seed in range(8)}) > 1


def test_photos_with_joints_come_besides(line_manifest):
    chosen = choose(line_manifest, MASKS, "segmentation", with_joints=["photo_09", "photo_10"])
    named = {one.image_id: one.kind for one in chosen}
    assert {"photo_09", "photo_10"} & set(named)
    many = SETTINGS.model_copy(update={"sheet_photos": 0})
    chosen = choose(line_manifest, MASKS, "segmentation", with_joints=["photo_09"], settings=many)
    assert next(one for one in chosen if one.image_id == "photo_09").is_scored is False
    assert all(one.kind is None for one in chosen)


def test_photos_that_are_not_of_the_test_split_are_left_alone(line_manifest):
    photos = [*MASKS, mask_photo(0, 100, 0, 0)]
    chosen = choose(line_manifest, photos, "segmentation")
    assert "photo_00" not in {one.image_id for one in chosen}


def test_refuses_an_empty_test_split(line_manifest):
    without = line_manifest[line_manifest["split"] != "test"]
    with pytest.raises(ManifestError, match="no usable photo in the test split"):
        choose(without, MASKS, "segmentation")


def test_refuses_a_report_of_other_photos(line_manifest):
    with pytest.raises(ManifestError, match="pipeline=evaluate"):
        choose(line_manifest, [mask_photo(77, 1, 1, 1)], "segmentation")
    with pytest.raises(ManifestError, match="0 photos in the report"):
        choose(line_manifest, [], "segmentation")


def test_a_data_set_without_crack_is_scored_nowhere(line_manifest):
    photos = [mask_photo(number, 0, number, 0) for number in range(8, 14)]
    chosen = choose(line_manifest, photos, "segmentation")
    assert not any(one.is_scored for one in chosen)
    assert kinds(chosen) == {"false alarms": "photo_13"}
    assert isinstance(line_manifest, pd.DataFrame)


def info(task: str, side: int = 32) -> ModelInfo:
    return ModelInfo(task=task, model="any", tile_px=side)


@given(st.integers(0, 2**32 - 1))
def test_no_other_tile_holds_more(seed):
    mask = (np.random.default_rng(seed).random((20, 26)) > 0.9).astype(np.uint8)
    y, x = place_tile(mask, 8)
    held = mask[y : y + 8, x : x + 8].sum()
    best = max(
        mask[row : row + 8, column : column + 8].sum() for row in range(13) for column in range(19)
    )
    assert held == best


def test_the_middle_is_taken_where_nothing_is_wanted():
    assert place_tile(np.zeros((20, 30), np.uint8), 10) in {(5, 10), (5, 9), (4, 10)}


def test_photo_and_masks_are_cut_alike():
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    truth = np.zeros((40, 60), np.uint8)
    truth[30:36, 45:55] = 1
    photo, masks = cut_tile(image, {"truth": truth}, info("segmentation", 16), wanted=truth)
    assert masks["truth"].sum() == truth.sum()
    y, x = place_tile(truth, 16)
    np.testing.assert_array_equal(photo, image[y : y + 16, x : x + 16])


def test_a_small_photo_is_extended_by_reflection():
    image = np.random.default_rng(0).integers(0, 256, (10, 12, 3), dtype=np.uint8)
    truth = np.ones((10, 12), np.uint8)
    photo, masks = cut_tile(image, {"truth": truth}, info("segmentation", 16), wanted=truth)
    assert photo.shape == (16, 16, 3)
    assert masks["truth"].shape == (16, 16)
    np.testing.assert_array_equal(photo[:10, :12], image)


@pytest.mark.parametrize("side", [16, 64])
def test_a_whole_photo_is_resized_with_masks_of_0_and_1(side):
    image = np.full((32, 48, 3), 7, np.uint8)
    truth = np.zeros((32, 48), np.uint8)
    truth[:16] = 1
    photo, masks = resize_whole(image, {"truth": truth}, info("classification", side))
    assert photo.shape == (side, side, 3)
    assert set(np.unique(masks["truth"])) == {0, 1}
    assert masks["truth"].mean() == pytest.approx(0.5)


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


def test_nothing_is_shown_of_an_empty_test_split(line_manifest):
    with pytest.raises(ManifestError, match="no usable photo in the test split"):
        choose_shown_photo(line_manifest[line_manifest["split"] != "test"], info("segmentation"))


def test_joints_are_known_of_the_drawn_sample_only(line_manifest):
    assert list_joint_photos(line_manifest) == []
