import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_pipeline.errors import SplitError
from crack_pipeline.splits.settings import SplitSettings
from crack_pipeline.splits.splits import split_by_group

SETTINGS = SplitSettings()


def photos(groups, labels) -> tuple[pd.Series, pd.Series]:
    return pd.Series(groups, dtype="string"), pd.Series(labels, dtype="Int8")


def test_single_photos_get_their_exact_shares_of_each_label():
    groups, labels = photos([f"p{n:03d}" for n in range(200)], [1] * 120 + [0] * 80)
    splits = split_by_group(groups, labels, SETTINGS)
    counts = pd.crosstab(splits, labels)
    assert counts.loc["train"].tolist() == [56, 84]
    assert counts.loc["validation"].tolist() == [12, 18]
    assert counts.loc["test"].tolist() == [12, 18]


def test_another_seed_gives_other_photos():
    groups, labels = photos([f"p{n:03d}" for n in range(60)], [1] * 60)
    first, again, other = (
        split_by_group(groups, labels, SplitSettings(seed=seed)) for seed in (0, 0, 1)
    )
    assert first.equals(again)
    assert not first.equals(other)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 25), st.sampled_from([0, 1, None])), min_size=30, max_size=90
    ),
    st.integers(0, 5),
)
def test_no_group_is_divided_and_order_does_not_matter(rows, seed):
    names = ["x", "y", "z", *(f"g{n}" for n, _ in rows)]
    groups, labels = photos(names, [0, 1, 1, *(label for _, label in rows)])
    wanted = SplitSettings(seed=seed)
    splits = split_by_group(groups, labels, wanted)
    assert splits.notna().all()
    assert len(set(zip(groups, splits, strict=True))) == groups.nunique()
    assert set(splits) == {"train", "validation", "test"}
    shuffled = np.random.default_rng(seed).permutation(len(names))
    again = split_by_group(groups.iloc[shuffled], labels.iloc[shuffled], wanted)
    pd.testing.assert_series_equal(again.sort_index(), splits)


def test_large_groups_leave_the_shares_about_right():
    groups, labels = photos(np.repeat([f"g{n}" for n in range(60)], 10), [0, 1] * 300)
    shares = split_by_group(groups, labels, SETTINGS).value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.7, abs=0.02)
    assert shares["test"] == pytest.approx(0.15, abs=0.02)


def test_a_group_that_outweighs_all_goes_to_train():
    groups, labels = photos(["big"] * 50 + ["a", "b", "c", "d"], [1] * 54)
    splits = split_by_group(groups, labels, SETTINGS)
    assert set(splits[groups == "big"]) == {"train"}
    assert set(splits) == {"train", "validation", "test"}


def test_two_parts_divide_in_proportion():
    groups, labels = photos([f"p{n:03d}" for n in range(85)], [1] * 85)
    splits = split_by_group(groups, labels, SETTINGS, parts=["train", "validation"])
    assert splits.value_counts().to_dict() == {"train": 70, "validation": 15}


def test_three_photos_are_enough():
    assert set(split_by_group(*photos(["a", "b", "c"], [1, 1, 0]), SETTINGS)) == {
        "train",
        "validation",
        "test",
    }


@pytest.mark.parametrize("n_large", [0, 1, 2, 3])
def test_three_groups_of_any_size_are_enough(n_large):
    names = [name for n in range(3) for name in [f"g{n}"] * (10 if n < n_large else 1)]
    splits = split_by_group(*photos(names, [1] * len(names)), SETTINGS)
    assert set(splits) == {"train", "validation", "test"}


@pytest.mark.parametrize("groups", [[], ["a"], ["a", "b"], ["a", "a", "a", "b", "b", "b"]])
def test_too_few_groups_are_an_error(groups):
    with pytest.raises(
        SplitError, match=f"{len(groups)} usable photos in {len(set(groups))} groups"
    ):
        split_by_group(*photos(groups, [1] * len(groups)), SETTINGS)
