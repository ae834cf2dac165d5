"""Sums over photos, strata and groups."""

from dataclasses import dataclass

import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics.additive import Additive


@dataclass(frozen=True, slots=True, eq=False)
class _Counts(Additive):
    pixels: np.ndarray
    by_width: np.ndarray


def _photo(pixels: int) -> _Counts:
    return _Counts(np.array(pixels), np.array([pixels / 2, 2.0 * pixels]))


def test_photos_are_stacked_and_added_up():
    photos = _Counts.stack([_photo(1), _photo(2), _photo(4)])
    assert photos.pixels.tolist() == [1, 2, 4]
    assert photos.by_width.shape == (3, 2)
    pooled = photos.pooled()
    assert pooled.pixels == 7
    assert pooled.by_width.tolist() == [3.5, 14.0]


def test_photos_are_selected():
    photos = _Counts.stack([_photo(1), _photo(2), _photo(4)])
    assert photos.at(np.array([True, False, True])).pixels.tolist() == [1, 4]
    assert photos.at(np.zeros(3, bool)).by_width.shape == (0, 2)


def test_groups_are_added_up_in_the_order_of_their_names():
    photos = _Counts.stack([_photo(1), _photo(2), _photo(4)])
    grouped = photos.grouped(["b", "a", "b"])
    assert grouped.pixels.tolist() == [2, 5]
    assert grouped.by_width.tolist() == [[1.0, 4.0], [2.5, 10.0]]
    assert grouped.pixels.dtype == photos.pixels.dtype


def test_no_photo_cannot_be_stacked():
    with pytest.raises(ShapeError, match="0 photos"):
        _Counts.stack([])


@dataclass(frozen=True, slots=True, eq=False)
class _Measured(Additive):
    near: _Counts
    area: np.ndarray
    wide: _Counts | None = None


def test_parts_are_added_up_and_what_was_not_measured_stays_none():
    photos = _Measured.stack([_Measured(_photo(1), np.array(9)), _Measured(_photo(2), np.array(4))])
    assert photos.near.by_width.shape == (2, 2)
    assert photos.pooled().near.pixels == 3
    assert photos.pooled().wide is None
    both = _Measured.concatenate([photos, photos])
    assert both.area.tolist() == [9, 4, 9, 4]


def test_columns_hold_all_numbers_and_are_undone():
    photos = _Measured.stack([_Measured(_photo(n), np.array(10 * n)) for n in (1, 2, 3)])
    columns = photos.columns()
    assert columns.shape == (3, 4)
    drawn = photos.from_columns(np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]]) @ columns)
    assert drawn.near.pixels.tolist() == [3, 7]
    assert drawn.near.by_width.tolist() == [[1.5, 6.0], [3.5, 14.0]]
    assert drawn.area.tolist() == [30, 70]
