import pandas as pd
import pytest

from crack_pipeline.baselines.settings import BlackHatSettings
from crack_pipeline.errors import ManifestError
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.leakage import (
    SPLIT_KINDS,
    Outcome,
    compare_splits,
    count_crossing,
    divide_photos,
    find_relatives,
    flatten_comparison,
    pool_photos,
    prepare_classifiers,
    prepare_detectors,
    tabulate_comparison,
)
from crack_pipeline.trials.measuring import COUNTS


def _outcome(kind, right, related, *, model="cnn", seed=0, has_relative=True):
    n_photos = len(right)
    photos = pd.DataFrame(
        {
            "image_id": [f"p{number}" for number in range(n_photos)],
            "group_id": [f"g{number}" for number in range(n_photos)],
            "true_positive": [int(value) for value in right],
            "false_positive": 0,
            "false_negative": [int(not value) for value in right],
            "true_negative": 0,
            "related": related,
            "has_relative": has_relative,
        }
    )
    return Outcome(model, kind, seed, photos)


@pytest.fixture
def comparison():
    outcomes = [
        _outcome("random", [1, 1, 1, 0], [True, True, False, False]),
        _outcome("group_safe", [1, 1, 0, 0], [False] * 4),
        _outcome("random", [1, 1, 1, 1], [True, True, False, False], seed=1),
        _outcome("group_safe", [1, 1, 1, 0], [False] * 4, seed=1),
    ]
    return compare_splits(outcomes, resamples=100)


def test_scores_pool_the_seeds_and_keep_each(comparison):
    random, safe = comparison["scores"]
    assert random["by_seed"] == {"0": pytest.approx(6 / 7), "1": 1.0}
    assert random["value"] == pytest.approx(14 / 15)
    assert safe["value"] == pytest.approx(10 / 13)
    (difference,) = comparison["differences"]
    assert difference["value"] == pytest.approx(14 / 15 - 10 / 13)
    assert difference["low"] <= difference["value"] <= difference["high"]


def test_photos_with_a_relative_in_train_stand_beside_their_like(comparison):
    (row,) = comparison["relatives"]
    assert (row["related"]["value"], row["related"]["photos"]) == (1.0, 4)
    assert row["unrelated"]["value"] == pytest.approx(6 / 7)
    assert (row["kept_apart"]["value"], row["kept_apart"]["photos"]) == (pytest.approx(10 / 13), 8)
    assert row["difference"]["value"] == pytest.approx(1 - 10 / 13)


def test_without_relatives_nothing_is_claimed_of_them():
    outcomes = [
        _outcome(kind, [1, 0], [False, False], has_relative=False)
        for kind in ("random", "group_safe")
    ]
    comparison = compare_splits(outcomes, resamples=100)
    (row,) = comparison["relatives"]
    assert (row["related"], row["kept_apart"], row["difference"]) == (None, None, None)
    flat = flatten_comparison(comparison)
    assert flat["difference_cnn_f1"] == 0.0
    assert "related_cnn_f1" not in flat
    assert "–" in tabulate_comparison(comparison)


def test_table_and_flat_names(comparison):
    flat = flatten_comparison(comparison)
    assert {
        "random_cnn_f1",
        "group_safe_cnn_f1",
        "difference_cnn_f1_low",
        "kept_apart_cnn_f1",
        "relatives_difference_cnn_f1_high",
    } <= set(flat)
    lines = tabulate_comparison(comparison).splitlines()
    assert len(lines) == 4
    assert "0.933" in lines[1]


def test_metrics_of_an_outcome():
    metrics = _outcome("random", [1, 1, 1, 0], [True, True, False, False]).metrics()
    assert metrics["test_f1_related"] == 1.0
    assert metrics["test_f1_unrelated"] == pytest.approx(2 / 3)
    assert metrics["test_related_share"] == 0.5


def test_photos_of_one_group_have_scores_without_bounds():
    outcomes = [_outcome(kind, [1, 0], [False] * 2) for kind in ("random", "group_safe")]
    for outcome in outcomes:
        outcome.photos["group_id"] = "wall"
    found = compare_splits(outcomes, resamples=20)
    assert found["scores"][0]["low"] is None
    flat = flatten_comparison(found)
    assert flat["difference_cnn_f1"] == 0.0
    assert "difference_cnn_f1_low" not in flat
    assert tabulate_comparison(found).splitlines()[1].split() == [
        "cnn",
        "0.667",
        "0.667",
        "0.000",
    ]


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


def test_detectors_find_dark_lines(line_manifest):
    settings = SegmentationEvaluation(
        baseline=BlackHatSettings(kernel_px=(11,), smoothing_px=(0.0,))
    )
    models = prepare_detectors(line_manifest, settings, border_px=4)
    assert set(models) == {"black_hat", "grey_threshold"}
    for measure in models.values():
        photos = measure(line_manifest)
        assert photos["image_id"].tolist() == [f"photo_{number:02d}" for number in range(8, 14)]
        assert (photos[list(COUNTS)].sum(axis=1) == 64 * 48).all()
        assert photos["true_positive"].sum() > 0.95 * 3 * 165


def test_the_border_alone_knows_less_than_the_whole_photo(line_manifest):
    models = prepare_classifiers(line_manifest, ClassificationEvaluation(), border_px=4)
    whole = models["grey_percentiles"](line_manifest)
    border = models["border_percentiles"](line_manifest)
    assert (whole["false_positive"] + whole["false_negative"]).sum() == 0
    assert (border["false_positive"] + border["false_negative"]).sum() > 0
    assert whole["probability"].between(0, 1).all()


def test_other_splits_are_measured_without_looking_again(line_manifest, monkeypatch):
    models = prepare_classifiers(line_manifest, ClassificationEvaluation(), border_px=4)
    monkeypatch.setattr("crack_pipeline.trials.leakage.read_photos", pytest.fail)
    swapped = line_manifest["split"].replace({"train": "test", "test": "train"})
    photos = models["grey_percentiles"](line_manifest.assign(split=swapped))
    assert len(photos) == 4
