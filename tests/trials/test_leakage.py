import pandas as pd
import pytest

from crack_pipeline.trials.leakage import (
    Outcome,
    compare_splits,
    flatten_comparison,
    tabulate_comparison,
)


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
