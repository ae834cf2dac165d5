import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.splits.splits import group_photos

NONE_NEAR = np.empty((0, 2), np.int64)


def ids(n_photos: int) -> pd.Series:
    return pd.Series([f"p{number}" for number in range(n_photos)], dtype="string")


def test_single_photos_are_their_own_group():
    assert group_photos(ids(3), same=[], near=NONE_NEAR).tolist() == ["p0", "p1", "p2"]


def test_chains_of_any_kind_join_one_group():
    same_bytes = pd.Series(["x", "x", "y", "z", "w"])
    same_photo = pd.Series([None, "a", "a", None, None])
    groups = group_photos(ids(5), same=[same_bytes, same_photo], near=np.array([[2, 3]]))
    assert groups.tolist() == ["p0", "p0", "p0", "p0", "p4"]


def test_missing_values_join_nothing():
    missing = pd.Series([None, None, pd.NA], dtype="string")
    assert group_photos(ids(3), same=[missing], near=NONE_NEAR).nunique() == 3


def test_index_is_kept():
    photos = ids(3).set_axis([7, 9, 11])
    groups = group_photos(photos, same=[], near=np.array([[0, 2]]))
    assert groups.to_dict() == {7: "p0", 9: "p1", 11: "p0"}


@given(st.permutations(range(8)))
def test_order_of_rows_changes_nothing(order):
    contents = pd.Series(["a", "b", "a", "c", "c", "d", "e", "b"])
    expected = group_photos(ids(8), same=[contents], near=NONE_NEAR)
    shuffled_ids = ids(8).iloc[list(order)].reset_index(drop=True)
    shuffled = contents.iloc[list(order)].reset_index(drop=True)
    groups = group_photos(shuffled_ids, same=[shuffled], near=NONE_NEAR)
    assert dict(zip(shuffled_ids, groups, strict=True)) == dict(zip(ids(8), expected, strict=True))
