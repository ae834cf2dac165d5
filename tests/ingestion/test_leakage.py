import numpy as np
import pandas as pd
import pytest

from crack_pipeline.ingestion.grouping import expect_leakage


def draw_splits(groups: np.ndarray, n_test: int, n_draws: int) -> tuple[float, float]:
    """Mean numbers over random splits: an answer by counting."""
    rng = np.random.default_rng(0)
    crossing, concerned = [], []
    for _ in range(n_draws):
        in_test = np.zeros(len(groups), bool)
        in_test[rng.permutation(len(groups))[:n_test]] = True
        both = np.intersect1d(groups[in_test], groups[~in_test])
        crossing.append(len(both))
        concerned.append(np.isin(groups[in_test], both).sum())
    return float(np.mean(crossing)), float(np.mean(concerned))


def test_expected_numbers_are_those_of_many_draws():
    groups = np.repeat(np.arange(40), [1] * 20 + [2] * 12 + [5] * 7 + [41])
    found = expect_leakage(pd.Series(groups).astype("string"))
    crossing, concerned = draw_splits(groups, n_test=round(0.2 * len(groups)), n_draws=3000)
    assert found["groups_that_cross"] == pytest.approx(crossing, abs=0.2)
    assert found["test_photos_with_a_relative_in_train"] == pytest.approx(concerned, abs=0.2)


def test_a_pair_crosses_with_the_share_that_is_worked_out_by_hand():
    # 10 photos, 2 in test: 1 - C(8,2)/C(10,2) - C(8,0)/C(10,2) = 1 - 28/45 - 1/45 = 16/45
    found = expect_leakage(pd.Series(["a", "a", *"bcdefghi"]))
    assert found["groups_that_cross"] == round(16 / 45, 1)
    assert found["share_of_test_photos"] == pytest.approx(16 / 45 / 2, abs=1e-4)


@pytest.mark.parametrize("groups", [[], ["a"], list("abcdefgh")])
def test_single_photos_do_not_leak(groups):
    found = expect_leakage(pd.Series(groups, dtype="string"))
    assert found["groups_that_cross"] == found["share_of_test_photos"] == 0


def test_one_group_of_all_always_crosses():
    found = expect_leakage(pd.Series(["a"] * 50))
    assert found["groups_that_cross"] == 1
    assert found["share_of_test_photos"] == 1
