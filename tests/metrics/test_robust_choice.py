"""One source photo with many false alarms must not decide the threshold alone."""

import numpy as np
import pytest

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import (
    ThresholdSweep,
    choose_robust_threshold,
    choose_threshold,
    sweep_grid,
)
from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.metrics.rates import ConfusionCounts

THRESHOLDS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


def _counts(found: list[list[int]], false: list[list[int]], n_crack: int) -> ConfusionCounts:
    found_array, false_array = np.array(found), np.array(false)
    return ConfusionCounts(found_array, false_array, n_crack - found_array, 10_000 - false_array)


def _sweep(groups: ConfusionCounts) -> ThresholdSweep:
    return ThresholdSweep(THRESHOLDS, groups.pooled())


def test_one_odd_source_photo_does_not_move_the_threshold():
    alike = [[100, 98, 95, 80, 60]] * 5
    few, many = [40, 20, 5, 2, 0], [900, 700, 400, 150, 0]
    groups = _counts([*alike, alike[0]], [few] * 5 + [many], n_crack=100)
    sweep = _sweep(groups)
    assert choose_threshold(sweep).threshold == 0.7
    choice = choose_robust_threshold(sweep, groups)
    assert choice.threshold == 0.5
    assert choice.peak_threshold == 0.7
    assert choice.f1 == pytest.approx(rates.f1(sweep.counts)[2])


def test_a_peak_that_all_source_photos_share_is_kept():
    groups = _counts([[100, 98, 95, 93, 90]] * 6, [[400, 300, 200, 90, 2]] * 6, n_crack=100)
    choice = choose_robust_threshold(_sweep(groups), groups)
    assert choice.threshold == 0.9


def test_few_source_photos_leave_the_peak():
    groups = _counts([[100, 98, 95, 80, 60]] * 2, [[0, 0, 0, 0, 0], [900, 700, 400, 9, 0]], 100)
    sweep = _sweep(groups)
    assert choose_robust_threshold(sweep, groups) == choose_threshold(sweep)


def test_the_standard_error_is_that_of_leaving_one_out_by_hand():
    groups = _counts([[9, 8, 7, 6, 5], [9, 9, 8, 7, 5], [9, 9, 6, 6, 4]], [[5, 4, 3, 2, 1]] * 3, 10)
    sweep = _sweep(groups)
    peak = choose_threshold(sweep)
    losses = []
    for left_out in range(3):
        kept = [group for group in range(3) if group != left_out]
        f1 = rates.f1(groups.at((np.array(kept),)).pooled())
        losses.append(f1[peak.index] - f1)
    error = np.sqrt(2 / 3 * np.sum((np.array(losses) - np.mean(losses, axis=0)) ** 2, axis=0))
    f1 = rates.f1(sweep.counts)
    allowed = np.flatnonzero(f1[peak.index] - f1 <= error)
    expected = allowed[np.argmin(np.abs(THRESHOLDS[allowed] - 0.5))]
    assert choose_robust_threshold(sweep, groups).index == expected


def test_photos_of_a_source_are_summed():
    levels = np.zeros((3, 101), np.int64)
    levels[:, 100] = [1, 2, 4]
    photos = ProbabilityHistograms(levels, levels, levels, levels)
    grouped = photos.grouped(["b", "a", "b"])
    assert grouped.crack[:, 100].tolist() == [2, 5]
    assert sweep_grid(grouped.pooled()).counts.true_positive[0] == 7
