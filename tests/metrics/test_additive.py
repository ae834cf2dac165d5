"""Sums over photos, strata and groups."""

from dataclasses import dataclass

import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics.additive import group_photos, pool_photos, select_photos, stack_photos


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    pixels: np.ndarray
    by_width: np.ndarray


def _photo(pixels: int) -> _Counts:
    return _Counts(np.array(pixels), np.array([pixels / 2, 2.0 * pixels]))


def test_photos_are_stacked_and_added_up():
    photos = stack_photos([_photo(1), _photo(2), _photo(4)])
    assert photos.pixels.tolist() == [1, 2, 4]
    assert photos.by_width.shape == (3, 2)
    pooled = pool_photos(photos)
    assert pooled.pixels == 7
    assert pooled.by_width.tolist() == [3.5, 14.0]


def test_photos_are_selected():
    photos = stack_photos([_photo(1), _photo(2), _photo(4)])
    assert select_photos(photos, np.array([True, False, True])).pixels.tolist() == [1, 4]
    assert select_photos(photos, np.zeros(3, bool)).by_width.shape == (0, 2)


def test_groups_are_added_up_in_the_order_of_their_names():
    photos = stack_photos([_photo(1), _photo(2), _photo(4)])
    grouped = group_photos(photos, ["b", "a", "b"])
    assert grouped.pixels.tolist() == [2, 5]
    assert grouped.by_width.tolist() == [[1.0, 4.0], [2.5, 10.0]]
    assert grouped.pixels.dtype == photos.pixels.dtype


def test_no_photo_cannot_be_stacked():
    with pytest.raises(ShapeError, match="0 photos"):
        stack_photos([])
