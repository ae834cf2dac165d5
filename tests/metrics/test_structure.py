"""Centrelines and boundaries: values worked out by hand, and slow or foreign implementations."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter
from skimage.morphology import dilation, disk, skeletonize
from sklearn.metrics import jaccard_score

from crack_pipeline.errors import ShapeError
from crack_pipeline.measure.centreline import thin
from crack_pipeline.measure.geometry import MaskGeometry, draw_disc
from crack_pipeline.metrics.histograms import measure_histograms
from crack_pipeline.metrics.structure import (
    LINE_TOLERANCES_PX,
    CentrelineCounts,
    StructureCounts,
    measure_centrelines,
    measure_structure,
)

EMPTY = np.zeros((40, 60), np.uint8)
FULL = np.ones((40, 60), np.uint8)


def _line(row: int, *, start: int = 10, length_px: int = 40) -> np.ndarray:
    mask = EMPTY.copy()
    mask[row, start : start + length_px] = 1
    return mask


def _pair(seed: int, *, height_px: int = 20, share: float | None = None) -> np.ndarray:
    """Two masks of random share; either may be empty, full, or hold one pixel."""
    rng = np.random.default_rng(seed)
    shares = rng.choice([0.0, 0.003, 0.05, 0.3, 0.8, 1.0], 2) if share is None else (share, share)
    noise = rng.random((2, height_px, 24))
    return (noise < np.reshape(shares, (2, 1, 1))).astype(np.uint8)


def _count_near_slowly(of: np.ndarray, other: np.ndarray, tolerance_px: float) -> int:
    others = np.argwhere(other)
    n_near = 0
    for row, column in np.argwhere(of):
        for other_row, other_column in others:
            if (row - other_row) ** 2 + (column - other_column) ** 2 <= tolerance_px**2:
                n_near += 1
                break
    return n_near


def _hausdorff95_slowly(first: np.ndarray, second: np.ndarray) -> float:
    borders = [(mask > 0) ^ binary_erosion(mask > 0) for mask in (first, second)]
    there = distance_transform_edt(~borders[1])[borders[0]]
    back = distance_transform_edt(~borders[0])[borders[1]]
    return float(np.percentile(np.hstack([there, back]), 95))


def test_a_line_that_is_found_whole():
    counts = measure_structure(_line(20), _line(20))
    assert counts.line.f1().tolist() == [1.0, 1.0, 1.0]
    assert counts.cliou() == counts.boundary.f1() == 1.0
    assert counts.hausdorff95_px == 0.0


def test_half_a_line():
    # 20 of 40 px are there; the tolerance of 2, 4 or 5 px reaches as far beyond its end
    counts = measure_structure(_line(20, length_px=20), _line(20))
    assert counts.line.precision().tolist() == [1.0, 1.0, 1.0]
    assert counts.line.recall().tolist() == [22 / 40, 24 / 40, 25 / 40]
    assert counts.cliou() == 24 / 40
    assert counts.boundary.f1() == pytest.approx(2 * (22 / 40) / (1 + 22 / 40))
    # distances: 20 zeros of the prediction, 20 zeros and 1 to 20 of the truth; place .95 · 59
    assert counts.hausdorff95_px == pytest.approx(np.percentile([0] * 40 + [*range(1, 21)], 95))


def test_a_line_beside_the_crack():
    # 3 px away: beyond 2 px, within 4 and 5 px
    counts = measure_structure(_line(23), _line(20))
    assert counts.line.f1().tolist() == [0.0, 1.0, 1.0]
    assert counts.cliou() == 1.0
    assert counts.boundary.f1() == 0.0
    assert counts.hausdorff95_px == 3.0


def test_cliou_of_a_crack_and_a_false_alarm():
    # 40 px found, 40 px false, nothing missed
    counts = measure_structure(_line(10) | _line(30), _line(10))
    assert counts.cliou() == 0.5


@pytest.mark.parametrize(
    ("predicted", "truth", "rate", "distance_px", "one_is_empty"),
    [
        (EMPTY, EMPTY, 1.0, 0.0, 0),
        (_line(20), EMPTY, 0.0, math.hypot(40, 60), 1),
        (EMPTY, _line(20), 0.0, math.hypot(40, 60), 1),
        (FULL, FULL, 1.0, 0.0, 0),
        (FULL, EMPTY, 0.0, math.hypot(40, 60), 1),
    ],
)
def test_empty_and_full_masks(predicted, truth, rate, distance_px, one_is_empty):
    counts = measure_structure(predicted, truth)
    assert counts.line.f1().tolist() == [rate] * 3
    assert counts.cliou() == counts.boundary.f1() == rate
    assert counts.hausdorff95_px == distance_px
    assert counts.one_is_empty == one_is_empty


def test_one_pixel_each():
    first, second = EMPTY.copy(), EMPTY.copy()
    first[10, 10], second[13, 14] = 1, 1  # 5 px apart
    counts = measure_structure(first, second)
    assert counts.line.f1().tolist() == [0.0, 0.0, 1.0]
    assert counts.hausdorff95_px == 5.0


def test_a_mask_widened_by_the_tolerance_scores_1_as_a_mask_and_less_as_centrelines():
    truth = np.zeros((80, 120), np.uint8)
    for row in range(8, 80, 8):
        truth[row, 8:112] = 1
    truth[8:73, 56] = 1
    widened = np.asarray(dilation(truth, draw_disc(5)))
    as_mask = measure_histograms(widened.astype(np.float32), truth, tolerance_px=5)
    assert as_mask.tolerant.f1()[50] == 1.0
    counts = measure_structure(widened, truth)
    assert counts.line.f1()[LINE_TOLERANCES_PX.index(5)] < 0.6
    assert counts.boundary.f1() < 0.1


def test_a_lone_mask_widened_evenly_keeps_its_centreline_and_loses_its_boundary():
    widened = np.asarray(dilation(_line(20), draw_disc(5)))
    counts = measure_structure(widened, _line(20))
    assert counts.line.f1()[LINE_TOLERANCES_PX.index(5)] > 0.95
    assert counts.boundary.f1() == 0.0


@given(st.integers(0, 2**32 - 1))
def test_tolerance_matching_agrees_with_a_slow_loop(seed):
    predicted, truth = _pair(seed)
    counts = measure_structure(predicted, truth)
    line_p, line_t = skeletonize(predicted > 0), skeletonize(truth > 0)
    for place, tolerance_px in enumerate(LINE_TOLERANCES_PX):
        near_p = _count_near_slowly(line_p, line_t, tolerance_px)
        assert counts.line.predicted_near[place] == near_p
        near_t = _count_near_slowly(line_t, line_p, tolerance_px)
        assert counts.line.truth_near[place] == near_t
    edge_p, edge_t = MaskGeometry(predicted).boundary, MaskGeometry(truth).boundary
    assert counts.boundary.predicted_near == _count_near_slowly(edge_p, edge_t, 2)
    assert counts.boundary.truth_near == _count_near_slowly(edge_t, edge_p, 2)


@given(st.integers(0, 2**32 - 1))
def test_cliou_agrees_with_scikit_learn_on_matched_pixels(seed):
    predicted, truth = (skeletonize(mask > 0) for mask in _pair(seed, share=0.2))
    widened_p, widened_t = dilation(predicted, disk(4)), dilation(truth, disk(4))
    # as OmniCrack30k is evaluated: what is near counts as found, what is far as false
    found = truth & widened_p
    matched = found | (predicted & ~widened_t)
    expected = jaccard_score(truth.ravel(), matched.ravel())
    counts = measure_structure(*(mask.astype(np.uint8) for mask in _pair(seed, share=0.2)))
    assert counts.cliou() == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1))
def test_hausdorff_agrees_with_scipy(seed):
    predicted, truth = _pair(seed)
    distance_px = measure_structure(predicted, truth).hausdorff95_px
    if predicted.any() and truth.any():
        assert distance_px == pytest.approx(_hausdorff95_slowly(predicted, truth), abs=1e-9)
    else:
        assert distance_px == (math.hypot(20, 24) if predicted.any() or truth.any() else 0.0)


@given(st.integers(0, 2**32 - 1))
def test_hausdorff_agrees_with_medpy(seed):
    reason = (
        "MedPy needs SimpleITK (50 MB) only to be installed: pip install --no-deps medpy==0.5.2"
    )
    binary = pytest.importorskip("medpy.metric.binary", reason=reason)
    predicted, truth = _pair(seed)
    if predicted.any() and truth.any():
        expected = binary.hd95(predicted, truth)
        assert measure_structure(predicted, truth).hausdorff95_px == pytest.approx(
            expected, abs=1e-9
        )


@given(st.integers(0, 2**32 - 1))
def test_rates_lie_between_0_and_1_and_do_not_depend_on_the_order_but_for_cliou(seed):
    predicted, truth = _pair(seed)
    counts, swapped = measure_structure(predicted, truth), measure_structure(truth, predicted)
    np.testing.assert_allclose(counts.line.f1(), swapped.line.f1())
    assert counts.boundary.f1() == pytest.approx(float(swapped.boundary.f1()))
    assert counts.hausdorff95_px == swapped.hausdorff95_px
    for rate in (*counts.line.f1(), counts.cliou(), counts.boundary.f1()):
        assert 0.0 <= rate <= 1.0
    assert np.all(np.diff(counts.line.f1()) >= 0)


def test_pooled_counts_pixels_and_mean_counts_photos():
    whole, missed = measure_structure(_line(20), _line(20)), measure_structure(EMPTY, _line(20))
    photos = StructureCounts.stack([whole, missed, whole])
    pooled = photos.pooled()
    assert photos.line.f1()[:, 0].mean() == pytest.approx(2 / 3)
    assert pooled.line.f1()[2] == pytest.approx(2 * (2 / 3) / (1 + 2 / 3))
    assert pooled.cliou() == pytest.approx(2 / 3)
    assert photos.boundary.f1().mean() == pytest.approx(2 / 3)
    assert pooled.hausdorff95_px == pytest.approx(math.hypot(40, 60))
    assert pooled.one_is_empty == 1
    assert photos.line.f1().shape == (3, 3)


def test_masks_of_different_size_are_refused():
    with pytest.raises(ShapeError, match="same size"):
        measure_structure(EMPTY, EMPTY[:-1])


def test_geometry_may_be_shared_between_metrics():
    predicted, truth = _pair(5, share=0.3)
    p, t = MaskGeometry(predicted), MaskGeometry(truth)
    measure_centrelines(p, t, tolerance_px=2)
    shared, alone = measure_structure(p, t), measure_structure(predicted, truth)
    first, second = (StructureCounts.stack([one]).columns() for one in (shared, alone))
    assert np.array_equal(first, second)


def test_tolerance_f1_cldice_and_hausdorff_of_a_photo_are_fast():
    rng = np.random.default_rng(0)
    truth = np.zeros((384, 544), np.uint8)
    for row in rng.integers(10, 370, 12):
        truth[row : row + rng.integers(1, 9), 20:520] = 1
    predicted = np.roll(truth, 2, axis=0)
    seconds = []
    for _ in range(5):
        started = time.process_time()
        measure_histograms(predicted.astype(np.float32), truth, tolerance_px=2)
        p, t = MaskGeometry(predicted), MaskGeometry(truth)
        measure_centrelines(p, t, tolerance_px=2)
        measure_structure(p, t)
        seconds.append(time.process_time() - started)
    # 16 to 23 ms on one core: benchmarks/metrics_of_a_photo.py; here with room for slower ones
    assert min(seconds) < 0.15


def _bar(row: int, height_px: int, *, width_px: int = 40) -> np.ndarray:
    mask = np.zeros((40, 48), np.uint8)
    mask[row : row + height_px, 4 : 4 + width_px] = 1
    return mask


def test_cldice_of_a_line_that_is_found_whole():
    line = _bar(10, 1)
    counts = measure_centrelines(line, line, tolerance_px=2)
    assert counts.inside.truth == counts.inside.truth_near == 40
    assert counts.inside.f1() == 1.0
    assert counts.by_width.truth.tolist() == [40, 0, 0]


def test_cldice_of_half_a_line():
    # precision 20/20, sensitivity 20/40: 2 · 1 · .5 / 1.5
    counts = measure_centrelines(_bar(10, 1, width_px=20), _bar(10, 1), tolerance_px=0)
    assert counts.inside.f1() == pytest.approx(2 / 3)
    assert counts.recall_by_width()[0] == pytest.approx(0.5)
    assert counts.by_width.f1()[0] == pytest.approx(2 / 3)


def test_a_line_beside_the_crack_is_right_within_the_tolerance_only():
    counts = measure_centrelines(_bar(12, 1), _bar(10, 1), tolerance_px=2)
    assert counts.inside.f1() == 0.0
    assert counts.by_width.f1()[0] == 1.0
    assert measure_centrelines(_bar(13, 1), _bar(10, 1), tolerance_px=2).by_width.f1()[0] == 0.0


@pytest.mark.parametrize(
    ("height_px", "stratum"), [(1, 0), (2, 0), (3, 1), (4, 1), (8, 1), (9, 2), (15, 2)]
)
def test_strata_by_width(height_px, stratum):
    bar = _bar(10, height_px)
    by_width = measure_centrelines(bar, bar, tolerance_px=1).by_width.truth
    assert by_width.argmax() == stratum


def test_empty_masks():
    empty, line = np.zeros((40, 48), np.uint8), _bar(10, 1)
    assert measure_centrelines(empty, empty, tolerance_px=2).inside.f1() == 1.0
    assert measure_centrelines(line, empty, tolerance_px=2).inside.f1() == 0.0
    assert measure_centrelines(empty, line, tolerance_px=2).inside.f1() == 0.0


def test_a_mask_without_background():
    full = np.ones((40, 48), np.uint8)
    assert measure_centrelines(full, full, tolerance_px=2).inside.f1() == 1.0


def test_pooled_cldice_counts_pixels_and_its_mean_photos():
    whole = measure_centrelines(_bar(10, 1), _bar(10, 1), tolerance_px=2)
    missed = measure_centrelines(np.zeros((40, 48), np.uint8), _bar(10, 1), tolerance_px=2)
    photos = CentrelineCounts.stack([whole, missed])
    assert photos.inside.f1().mean() == 0.5
    assert photos.pooled().inside.f1() == pytest.approx(2 / 3)
    assert photos.pooled().recall_by_width()[0] == 0.5


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_agrees_with_a_slow_version_by_distance(seed, tolerance_px):
    rng = np.random.default_rng(seed)
    truth, predicted = (rng.random((2, 24, 24)) > 0.7).astype(np.uint8)
    counts = measure_centrelines(predicted, truth, tolerance_px=tolerance_px)
    line = skeletonize(truth > 0)
    found = distance_transform_edt(predicted == 0)[line] <= tolerance_px
    assert counts.by_width.truth_near.sum() == found.sum()
    assert counts.inside.truth_near == (line & (predicted > 0)).sum()
    assert (thin(truth) == line).all()


@given(st.integers(0, 2**32 - 1))
def test_agrees_with_a_slow_version_by_width(seed):
    rng = np.random.default_rng(seed)
    truth, predicted = (gaussian_filter(rng.random((2, 32, 32)), (0, 1.5, 1.5)) > 0.52).astype(
        np.uint8
    )
    counts = measure_centrelines(predicted, truth, tolerance_px=2)
    for mask, by_width in (
        (truth, counts.by_width.truth),
        (predicted, counts.by_width.predicted),
    ):
        line = skeletonize(mask > 0)
        # exact distances 1 and the root of 2 are thin, 2 and more are not
        assert by_width[0] == (distance_transform_edt(mask)[line] < 1.75).sum()
        assert by_width.sum() == line.sum()
    right = distance_transform_edt(truth == 0)[skeletonize(predicted > 0)] <= 2
    assert counts.by_width.predicted_near.sum() == right.sum()


def test_recall_goes_by_the_true_width_and_precision_by_the_predicted_one():
    # a crack 1 px wide that was drawn 9 px wide: thin crack found, and no thin false alarm
    counts = measure_centrelines(_bar(6, 9), _bar(10, 1), tolerance_px=2)
    assert counts.by_width.truth.tolist() == [40, 0, 0]
    assert counts.recall_by_width()[0] == 1.0
    assert counts.by_width.predicted[0] < counts.by_width.predicted[2]


def test_a_stratum_without_any_crack_is_perfect():
    counts = measure_centrelines(_bar(10, 1), _bar(10, 1), tolerance_px=2)
    assert counts.recall_by_width().tolist() == [1.0, 1.0, 1.0]
    assert counts.by_width.f1().tolist() == [1.0, 1.0, 1.0]


def test_other_shapes_are_refused():
    with pytest.raises(ShapeError):
        measure_centrelines(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8), tolerance_px=2)
