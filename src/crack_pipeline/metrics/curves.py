"""Counts at many thresholds, the curves drawn from them, and the choice of one threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.measure.geometry import require_same_shape
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.histograms import THRESHOLDS, ProbabilityHistograms
from crack_pipeline.metrics.rates import ConfusionCounts, RateArray


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdSweep:
    """Confusion counts at K thresholds.

    Attributes:
        thresholds: (K,) float64, strictly ascending; predicted means probability ≥ threshold.
        counts: Counts of shape (K,).
    """

    thresholds: NDArray[np.float64]
    counts: ConfusionCounts


def sweep_grid(pooled: ProbabilityHistograms) -> ThresholdSweep:
    """Counts at the thresholds of the grid.

    Args:
        pooled: Histograms of shape (101,).

    Returns:
        A sweep over 0.00, 0.01, …, 1.00.
    """
    thresholds = np.asarray(np.round(THRESHOLDS.astype(np.float64), 2), np.float64)
    return ThresholdSweep(thresholds, pooled.counts())


def sweep_scores(truth: ArrayLike, scores: ArrayLike) -> ThresholdSweep:
    """Counts at every threshold that tells some of the scores apart.

    Thresholds lie halfway between neighbouring distinct scores, the lowest one halfway between 0
    and the lowest score, so that it predicts everything.

    Args:
        truth: (N,) of {0, 1}, N ≥ 1.
        scores: (N,) probabilities in [0, 1].

    Returns:
        A sweep over as many thresholds as there are distinct scores.

    Raises:
        ShapeError: If the shapes differ or nothing came.
    """
    labels, values = np.asarray(truth).astype(bool), np.asarray(scores, np.float64)
    require_same_shape(labels, values)
    if labels.ndim != 1 or labels.size == 0:
        raise ShapeError(
            "A sweep needs at least one score, on one axis.",
            received=f"shape {labels.shape}",
            remedy="Pass the scores of a split that holds photos.",
        )
    distinct, position = np.unique(values, return_inverse=True)
    n_crack = np.bincount(position[labels], minlength=len(distinct))
    n_background = np.bincount(position[~labels], minlength=len(distinct))
    true_positive = np.cumsum(n_crack[::-1])[::-1]
    false_positive = np.cumsum(n_background[::-1])[::-1]
    return ThresholdSweep(
        (np.concatenate([[0.0], distinct[:-1]]) + distinct) / 2,
        ConfusionCounts(
            true_positive,
            false_positive,
            labels.sum() - true_positive,
            (~labels).sum() - false_positive,
        ),
    )


@dataclass(frozen=True, slots=True)
class ChosenThreshold:
    """A decision threshold and why it was chosen.

    Attributes:
        threshold: Crack is predicted where the probability is ≥ it.
        index: Its place in the sweep; None for a degenerate choice.
        f1: F1 at it, on the photos that it was chosen on; None for a degenerate choice.
        note: Empty, or why the choice means little.
        peak_threshold: Where F1 is highest, if another threshold was taken on purpose.
    """

    threshold: float
    index: int | None
    f1: float | None
    note: str
    peak_threshold: float | None = None


def choose_threshold(sweep: ThresholdSweep) -> ChosenThreshold:
    """Threshold of the highest F1.

    Among equal values the longest run of neighbouring thresholds counts (the lowest of equally
    long runs), and its middle one is taken (the lower of two): the choice that small changes of
    the model move least.

    Args:
        sweep: Counts on validation photos.

    Returns:
        The threshold; 0.5 with a note where no threshold finds any crack.
    """
    f1 = rates.f1(sweep.counts)
    n_crack = int(sweep.counts.true_positive[0] + sweep.counts.false_negative[0])
    if n_crack == 0 or f1.max() == 0.0:
        reason = "there is no crack" if n_crack == 0 else "no threshold finds a crack"
        return ChosenThreshold(0.5, None, None, f"{reason}, so 0.5 was taken")
    index = _middle_of_longest_run(f1 == f1.max())
    chosen = sweep.counts.at(index)
    everything = int(chosen.true_negative + chosen.false_negative) == 0
    note = "the best threshold predicts crack everywhere" if everything else ""
    return ChosenThreshold(float(sweep.thresholds[index]), index, float(f1[index]), note)


def choose_variant(sweeps: Sequence[ThresholdSweep]) -> tuple[int, float]:
    """Choose one of several detectors by the highest F1, and its threshold.

    Args:
        sweeps: Counts of each on the same validation photos.

    Returns:
        The number of the best one, the first of equals, and its threshold.
    """
    best = int(np.argmax([rates.f1(sweep.counts).max() for sweep in sweeps]))
    return best, choose_threshold(sweeps[best]).threshold


def roc_points(sweep: ThresholdSweep) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the receiver operating characteristic, from (0, 0) to (1, 1).

    Args:
        sweep: Counts at K thresholds.

    Returns:
        False-positive rates and true-positive rates, each (K + 2,) and ascending.
    """
    false_positive_rate = 1.0 - rates.specificity(sweep.counts)[::-1]
    true_positive_rate = rates.recall(sweep.counts)[::-1]
    ends = ([0.0], [1.0])
    return (
        np.concatenate([ends[0], false_positive_rate, ends[1]]),
        np.concatenate([ends[0], true_positive_rate, ends[1]]),
    )


def roc_auc(crack: ArrayLike, background: ArrayLike) -> RateArray:
    """Area under the receiver operating characteristic.

    Args:
        crack: (…, K) how much crack has each of K scores, the lowest score first.
        background: (…, K) the same of background.

    Returns:
        (…) share of the pairs of crack and background that are ranked right, a tie being half a
        pair; NaN where a class is absent.

    Source:
        Hanley, McNeil (1982), The meaning and use of the area under a receiver operating
        characteristic curve, https://doi.org/10.1148/radiology.143.1.7063747

    >>> round(float(roc_auc([0, 1, 1], [2, 1, 0])), 4)
    0.9167
    """
    positive, negative = np.asarray(crack, np.float64), np.asarray(background, np.float64)
    below = np.cumsum(negative, axis=-1) - negative / 2
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    return rates.divide((positive * below).sum(axis=-1), pairs, if_empty=np.nan)


def average_precision(crack: ArrayLike, background: ArrayLike) -> RateArray:
    """Area under the precision–recall curve as a sum of steps, as scikit-learn defines it.

    Args:
        crack: (…, K) how much crack has each of K scores, the lowest score first.
        background: (…, K) the same of background.

    Returns:
        (…) Σ (R_k − R_(k−1)) · P_k from the highest score down; NaN without crack.

    >>> round(float(average_precision([0, 1, 1], [2, 1, 0])), 4)
    0.8333
    """
    positive, negative = (np.asarray(one, np.float64)[..., ::-1] for one in (crack, background))
    found = np.cumsum(positive, axis=-1)
    precision = rates.divide(found, found + np.cumsum(negative, axis=-1), if_empty=0.0)
    steps = (positive * precision).sum(axis=-1)
    return rates.divide(steps, positive.sum(axis=-1), if_empty=np.nan)


def _middle_of_longest_run(chosen: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]])))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int((starts[longest] + ends[longest] - 1) // 2)


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
    f1 = rates.f1(sweep.counts.minus(groups))
    loss = f1[:, [peak_index]] - f1
    n_groups = len(loss)
    spread = np.sum((loss - loss.mean(axis=0)) ** 2, axis=0)
    return np.asarray(np.sqrt((n_groups - 1) / n_groups * spread), np.float64)
