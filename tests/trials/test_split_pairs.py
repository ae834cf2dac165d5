import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.trials.split_pairs import (
    SPLIT_KINDS,
    count_crossing,
    divide_photos,
    find_relatives,
    pool_photos,
)


@pytest.fixture
def pairs(line_manifest):
    """Fourteen photos in seven groups of two."""
    return line_manifest.assign(group_id=[f"g{number // 2}" for number in range(14)])


def test_both_splits_hold_the_same_photos_in_the_same_shares(pairs):
    rows = pool_photos(pairs, "segmentation")
    for kind in SPLIT_KINDS:
        divided = divide_photos(rows, kind, test=2 / 7, validation=1 / 7, seed=0)
        assert divided["image_id"].tolist() == rows["image_id"].tolist()
        assert divided["split"].value_counts().to_dict() == {
            "train": 8,
            "test": 4,
            "validation": 2,
        }


def test_only_the_random_split_divides_groups(pairs):
    rows = pool_photos(pairs, "segmentation")
    random, safe = (
        divide_photos(rows, kind, test=0.3, validation=0.2, seed=1) for kind in SPLIT_KINDS
    )
    assert count_crossing(random) > 0
    assert count_crossing(safe) == 0
    test_ids = safe.loc[safe["split"] == "test", "image_id"]
    assert not find_relatives(safe).loc[test_ids].any()


def test_a_relative_is_another_photo_of_the_group_in_train(pairs):
    split = ["train", "train", "train", "test", "test", "validation", *["test"] * 8]
    related = find_relatives(pairs.assign(split=split))
    assert related[:6].tolist() == [True, True, False, True, False, False]
    assert not related[6:].any()


def test_train_photos_set_aside_for_leaking_are_taken_in_again(pairs):
    reason = "shares a photo or duplicate with the official test split: photo_01"
    manifest = pairs.copy()
    manifest.loc[0, ["status", "reason"]] = ["set_aside", reason]
    manifest.loc[1, ["status", "reason"]] = ["set_aside", "damaged: cut off"]
    rows = pool_photos(manifest, "segmentation")
    assert rows["image_id"].tolist() == [
        f"photo_{number:02d}" for number in range(14) if number != 1
    ]
    assert (rows["status"] == "ok").all()


def test_photos_without_the_target_of_the_task_are_refused(pairs):
    with pytest.raises(ManifestError, match="none of 14 photos can be used for segmentation"):
        pool_photos(pairs.assign(mask_path=None), "segmentation")
