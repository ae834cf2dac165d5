"""Centrelines of hand-drawn masks, with answers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.morphology import skeletonize

from crack_pipeline.errors import ShapeError
from crack_pipeline.measure.centreline import thin
from crack_pipeline.metrics.structure import (
    CentrelineCounts,
    measure_centrelines,
)


def _bar(row: int, height_px: int, *, width_px: int = 40) -> np.ndarray:
    mask = np.zeros((40, 48), np.uint8)
    mask[row : row + height_px, 4 : 4 + width_px] = 1
    return mask


def test_a_line_that_is_found_whole():
    line = _bar(10, 1)
    counts = measure_centrelines(line, line, tolerance_px=2)
    assert counts.truth == counts.truth_inside == 40
    assert counts.cldice() == 1.0
    assert counts.truth_by_width.tolist() == [40, 0, 0]


def test_half_a_line():
    # precision 20/20, sensitivity 20/40: 2 · 1 · .5 / 1.5
    counts = measure_centrelines(_bar(10, 1, width_px=20), _bar(10, 1), tolerance_px=0)
    assert counts.cldice() == pytest.approx(2 / 3)
    assert counts.recall_by_width()[0] == pytest.approx(0.5)
    assert counts.f1_by_width()[0] == pytest.approx(2 / 3)


def test_a_line_beside_the_crack_is_right_within_the_tolerance_only():
    counts = measure_centrelines(_bar(12, 1), _bar(10, 1), tolerance_px=2)
    assert counts.cldice() == 0.0
    assert counts.f1_by_width()[0] == 1.0
    assert measure_centrelines(_bar(13, 1), _bar(10, 1), tolerance_px=2).f1_by_width()[0] == 0.0


@pytest.mark.parametrize(
    ("height_px", "stratum"), [(1, 0), (2, 0), (3, 1), (4, 1), (8, 1), (9, 2), (15, 2)]
)
def test_strata_by_width(height_px, stratum):
    bar = _bar(10, height_px)
    by_width = measure_centrelines(bar, bar, tolerance_px=1).truth_by_width
    assert by_width.argmax() == stratum


def test_empty_masks():
    empty, line = np.zeros((40, 48), np.uint8), _bar(10, 1)
    assert measure_centrelines(empty, empty, tolerance_px=2).cldice() == 1.0
    assert measure_centrelines(line, empty, tolerance_px=2).cldice() == 0.0
    assert measure_centrelines(empty, line, tolerance_px=2).cldice() == 0.0


def test_a_mask_without_background():
    full = np.ones((40, 48), np.uint8)
    assert measure_centrelines(full, full, tolerance_px=2).cldice() == 1.0


def test_pooled_counts_pixels_and_mean_counts_photos():
    whole = measure_centrelines(_bar(10, 1), _bar(10, 1), tolerance_px=2)
    missed = measure_centrelines(np.zeros((40, 48), np.uint8), _bar(10, 1), tolerance_px=2)
    photos = CentrelineCounts.stack([whole, missed])
    assert photos.cldice().mean() == 0.5
    assert photos.pooled().cldice() == pytest.approx(2 / 3)
    assert photos.pooled().recall_by_width()[0] == 0.5


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_agrees_with_a_slow_version_by_distance(seed, tolerance_px):
    rng = np.random.default_rng(seed)
    truth, predicted = (rng.random((2, 24, 24)) > 0.7).astype(np.uint8)
    counts = measure_centrelines(predicted, truth, tolerance_px=tolerance_px)
    line = skeletonize(truth > 0)
    found = distance_transform_edt(predicted == 0)[line] <= tolerance_px
    assert counts.found_by_width.sum() == found.sum()
    assert counts.truth_inside == (line & (predicted > 0)).sum()
    assert (thin(truth) == line).all()


@given(st.integers(0, 2**32 - 1))
def test_agrees_with_a_slow_version_by_width(seed):
    rng = np.random.default_rng(seed)
    truth, predicted = (gaussian_filter(rng.random((2, 32, 32)), (0, 1.5, 1.5)) > 0.52).astype(
        np.uint8
    )
    counts = measure_centrelines(predicted, truth, tolerance_px=2)
    for mask, by_width in (
        (truth, counts.truth_by_width),
        (predicted, counts.predicted_by_width),
    ):
        line = skeletonize(mask > 0)
        # exact distances 1 and the root of 2 are thin, 2 and more are not
        assert by_width[0] == (distance_transform_edt(mask)[line] < 1.75).sum()
        assert by_width.sum() == line.sum()
    right = distance_transform_edt(truth == 0)[skeletonize(predicted > 0)] <= 2
    assert counts.right_by_width.sum() == right.sum()


def test_recall_goes_by_the_true_width_and_precision_by_the_predicted_one():
    # a crack 1 px wide that was drawn 9 px wide: thin crack found, and no thin false alarm
    counts = measure_centrelines(_bar(6, 9), _bar(10, 1), tolerance_px=2)
    assert counts.truth_by_width.tolist() == [40, 0, 0]
    assert counts.recall_by_width()[0] == 1.0
    assert counts.predicted_by_width[0] < counts.predicted_by_width[2]


def test_a_stratum_without_any_crack_is_perfect():
    counts = measure_centrelines(_bar(10, 1), _bar(10, 1), tolerance_px=2)
    assert counts.recall_by_width().tolist() == [1.0, 1.0, 1.0]
    assert counts.f1_by_width().tolist() == [1.0, 1.0, 1.0]


def test_other_shapes_are_refused():
    with pytest.raises(ShapeError):
        measure_centrelines(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8), tolerance_px=2)
