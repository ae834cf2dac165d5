import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from crack_pipeline.errors import SplitError
from crack_pipeline.splits.splits import assign_folds


def photos(groups, labels) -> tuple[pd.Series, pd.Series]:
    return pd.Series(groups, dtype="string"), pd.Series(labels, dtype="Int8")


def imbalance(folds, labels) -> int:
    """Photos of a label by which the fullest fold exceeds the emptiest; the worst label."""
    counts = pd.crosstab(folds, labels)
    return int((counts.max() - counts.min()).max())


def test_single_photos_are_spread_evenly_over_folds_and_labels():
    groups, labels = photos([f"p{n:03d}" for n in range(100)], [1] * 60 + [0] * 40)
    counts = pd.crosstab(assign_folds(groups, labels, n_folds=5, seed=0), labels)
    assert counts.to_numpy().tolist() == [[8, 12]] * 5


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from([0, 1, None])), min_size=30),
    st.integers(2, 5),
    st.integers(0, 3),
)
def test_no_group_is_divided_and_order_does_not_matter(rows, n_folds, seed):
    names = [*"vwxyz", *(f"g{n}" for n, _ in rows)]
    groups, labels = photos(names, [0, 1, 1, 0, None, *(label for _, label in rows)])
    folds = assign_folds(groups, labels, n_folds=n_folds, seed=seed)
    assert sorted(folds.unique()) == list(range(n_folds))
    assert len(set(zip(groups, folds, strict=True))) == groups.nunique()
    shuffled = np.random.default_rng(seed).permutation(len(names))
    again = assign_folds(groups.iloc[shuffled], labels.iloc[shuffled], n_folds=n_folds, seed=seed)
    pd.testing.assert_series_equal(again.sort_index(), folds)


def test_another_seed_gives_other_folds():
    groups, labels = photos([f"p{n:03d}" for n in range(60)], [1] * 60)
    first, other = (assign_folds(groups, labels, n_folds=5, seed=seed) for seed in (0, 1))
    assert not first.equals(other)


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_as_even_as_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    sizes = np.concatenate([rng.integers(2, 9, 40), np.ones(300, int)])
    share = np.repeat(rng.random(len(sizes)), sizes)
    groups, labels = photos(
        np.repeat([f"g{n:03d}" for n in range(len(sizes))], sizes),
        (rng.random(len(share)) < share).astype(int),
    )
    theirs = np.zeros(len(groups), int)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    for fold, (_, rows) in enumerate(splitter.split(groups, labels.astype(int), groups)):
        theirs[rows] = fold
    ours = assign_folds(groups, labels, n_folds=5, seed=seed)
    assert imbalance(ours, labels) <= max(1, imbalance(theirs, labels))


@pytest.mark.parametrize("groups", [[], ["a"], ["a", "a", "b"]])
def test_too_few_groups_are_an_error(groups):
    with pytest.raises(SplitError, match=f"in {len(set(groups))} groups"):
        assign_folds(*photos(groups, [1] * len(groups)), n_folds=3, seed=0)
