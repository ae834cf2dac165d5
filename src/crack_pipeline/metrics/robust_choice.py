"""A threshold that does not hang on one photo of a small validation split."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.counts import ConfusionCounts
from crack_pipeline.metrics.sweeps import ChosenThreshold, ThresholdSweep, choose_threshold

_UNDECIDED = 0.5
_FEWEST_GROUPS = 3


def choose_robust_threshold(sweep: ThresholdSweep, groups: ConfusionCounts) -> ChosenThreshold:
    """Threshold nearest to 0.5 whose F1 cannot be told from the highest one.

    Pooled pixels of a few source photos say little of where F1 peaks: one of them with many false
    alarms moves the peak far to one side. So each threshold's loss against the peak is compared
    with its own standard error, by leaving out one source photo at a time; of the thresholds within
    one standard error the least extreme is taken.

    Args:
        sweep: Pooled counts at K thresholds, on validation photos.
        groups: The same counts by source photo, (G, K).

    Returns:
        The threshold, its F1, and where the peak lies; the peak itself where it is degenerate or
        there are fewer than three groups.

    Source:
        Breiman et al. (1984), Classification and Regression Trees, §3.4.3 (one-standard-error
        rule); Efron, Stein (1981), The jackknife estimate of variance,
        https://doi.org/10.1214/aos/1176345462
    """
    peak = choose_threshold(sweep)
    if peak.index is None or len(groups.true_positive) < _FEWEST_GROUPS:
        return peak
    f1 = rates.f1(sweep.counts)
    loss = f1[peak.index] - f1
    within = loss <= _loss_error(sweep, groups, peak.index)
    distance = np.where(within, np.abs(sweep.thresholds - _UNDECIDED), np.inf)
    index = int(np.argmin(distance))
    return replace(
        peak,
        threshold=float(sweep.thresholds[index]),
        index=index,
        f1=float(f1[index]),
        peak_threshold=peak.threshold,
    )


def _loss_error(
    sweep: ThresholdSweep, groups: ConfusionCounts, peak_index: int
) -> NDArray[np.float64]:
    f1 = rates.f1(_without_each(sweep.counts, groups))
    loss = f1[:, [peak_index]] - f1
    n_groups = len(loss)
    spread = np.sum((loss - loss.mean(axis=0)) ** 2, axis=0)
    return np.asarray(np.sqrt((n_groups - 1) / n_groups * spread), np.float64)


def _without_each(total: ConfusionCounts, groups: ConfusionCounts) -> ConfusionCounts:
    return ConfusionCounts(
        total.true_positive - groups.true_positive,
        total.false_positive - groups.false_positive,
        total.false_negative - groups.false_negative,
        total.true_negative - groups.true_negative,
    )
