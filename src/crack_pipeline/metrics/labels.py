"""Metrics of labels, their intervals, and differences of two classifiers.

The areas under curves rank the photos, so they are no function of sums. They are computed anew for
each draw instead, from how often the draw holds each photo; all draws share one sorting.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import (
    Interval,
    PairedInterval,
    Statistic,
    bound,
    bound_difference,
    encode_groups,
)
from crack_pipeline.metrics.curves import average_precision, roc_auc
from crack_pipeline.metrics.flat import prefix_names
from crack_pipeline.metrics.rates import ConfusionCounts, RateArray, require_probabilities

_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LabelSums:
    """Photos counted as often as each of D draws holds them.

    Attributes:
        counts: (D,) at the decision threshold.
        counts_at_half: (D,) at 0.5.
        crack: (D, U) photos with crack by distinct probability, ascending.
        background: (D, U) photos without.
        squared_error: (D,) sum of (probability − label)².
        photos: (D,) how many there are.
    """

    counts: ConfusionCounts
    counts_at_half: ConfusionCounts
    crack: NDArray[np.float64]
    background: NDArray[np.float64]
    squared_error: NDArray[np.float64]
    photos: NDArray[np.float64]


LABEL_RATES: dict[str, Callable[[LabelSums], RateArray]] = {
    "accuracy": lambda sums: rates.accuracy(sums.counts),
    "balanced_accuracy": lambda sums: rates.balanced_accuracy(sums.counts),
    "precision": lambda sums: rates.precision(sums.counts),
    "recall": lambda sums: rates.recall(sums.counts),
    "specificity": lambda sums: rates.specificity(sums.counts),
    "f1": lambda sums: rates.f1(sums.counts),
    "f1_at_half": lambda sums: rates.f1(sums.counts_at_half),
    "mcc": lambda sums: rates.matthews(sums.counts),
    "auc": lambda sums: roc_auc(sums.crack, sums.background),
    "average_precision": lambda sums: average_precision(sums.crack, sums.background),
    "brier": lambda sums: rates.divide(sums.squared_error, sums.photos, if_empty=np.nan),
}
"""Each metric of labels: its name in ``metrics.json`` without the split → (D,) values."""

LOWER_IS_BETTER = frozenset({"brier"})


@dataclass(frozen=True, slots=True, eq=False)
class LabelPredictions:
    """Predictions of a classifier for N photos.

    Attributes:
        probabilities: (N,) of crack, in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
    """

    probabilities: NDArray[np.float64]
    threshold: float


def summarize_labels(
    labels: ArrayLike, probabilities: ArrayLike, *, threshold: float, prefix: str
) -> dict[str, float]:
    """Metrics of predicted labels against true ones; crack is the positive class.

    Args:
        labels: (N,) of {0, 1}, N ≥ 1.
        probabilities: (N,) in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
        prefix: What names begin with, "test" or "test_baseline".

    Returns:
        ``<prefix>_<metric>`` → number, for each of ``LABEL_RATES`` that is defined, and the number
        of photos.

    Raises:
        ShapeError: If there are not as many labels as probabilities, or none.
        ParameterError: If a label is not 0 or 1, or a probability not in [0, 1].

    >>> summarize_labels([0, 1, 1], [0.2, 0.9, 0.4], threshold=0.5, prefix="test")["test_recall"]
    0.5
    """
    statistic = weigh_labels(
        labels, LabelPredictions(np.asarray(probabilities, np.float64), threshold)
    )
    n_photos = len(np.asarray(labels))
    (values,) = statistic(np.ones((1, n_photos)))
    summary = prefix_names(dict(zip(LABEL_RATES, values.tolist(), strict=True)), prefix)
    return {**summary, f"{prefix}_photos": n_photos}


def label_intervals(
    labels: ArrayLike, scores: LabelPredictions, groups: ArrayLike, *, resamples: int
) -> dict[str, Interval]:
    """Metrics of predicted labels with their intervals.

    Args:
        labels: (N,) of {0, 1}.
        scores: Of the same photos.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn.

    Returns:
        Name of ``LABEL_RATES`` → interval. Draws without one of the classes are left out of the
        intervals of the areas and of the balanced accuracy.

    Raises:
        ShapeError: If labels, probabilities and groups are not as many.
        ParameterError: If a label is not 0 or 1, a probability not in [0, 1], or ``resamples``
            below 1.
    """
    found = bound(*_weigh_groups(labels, scores, groups), resamples=resamples)
    return dict(zip(LABEL_RATES, found, strict=True))


def paired_label_intervals(
    labels: ArrayLike,
    first: LabelPredictions,
    second: LabelPredictions,
    groups: ArrayLike,
    *,
    resamples: int,
) -> dict[str, PairedInterval]:
    """Differences of two classifiers on the same photos, the groups drawn jointly.

    Args:
        labels: (N,) of {0, 1}.
        first: The first model's scores.
        second: Scores of the model that is subtracted.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn.

    Returns:
        Name of ``LABEL_RATES`` → difference; for the Brier score the lower one is better.

    Raises:
        ShapeError: As ``label_intervals``.
        ParameterError: As ``label_intervals``.
    """
    statistic, n_groups = _weigh_groups(labels, first, groups)
    found = bound_difference(
        statistic,
        _weigh_groups(labels, second, groups)[0],
        n_groups,
        resamples=resamples,
        lower_is_better=[name in LOWER_IS_BETTER for name in LABEL_RATES],
    )
    return dict(zip(LABEL_RATES, found, strict=True))


def _weigh_groups(
    labels: ArrayLike, scores: LabelPredictions, groups: ArrayLike
) -> tuple[Statistic, int]:
    """Statistic of groups, and how many groups there are."""
    weigh = weigh_labels(labels, scores)
    codes, n_groups = encode_groups(groups, len(scores.probabilities))
    return lambda weights: weigh(weights[:, codes]), n_groups


def weigh_labels(labels: ArrayLike, scores: LabelPredictions) -> Statistic:
    """Metrics of labels where each photo counts as often as its weight says.

    Args:
        labels: (N,) of {0, 1}.
        scores: Of the same photos.

    Returns:
        Function of (D, N) weights, whole numbers ≥ 0, that gives (D, M) metrics, columns as
        ``LABEL_RATES``; NaN where a class is absent and the metric needs it.

    Raises:
        ShapeError: If labels and probabilities are not as many.
        ParameterError: If a label is not 0 or 1, or a probability not in [0, 1].
    """
    crack, values = _require_labels(labels, scores)
    cells = np.concatenate(
        [_list_cells(crack, values >= threshold) for threshold in (scores.threshold, _HALF)]
    )
    squared = np.square(values - crack)
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))

    def weigh(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        counts = np.rint(weights @ cells.T).astype(np.int64).T
        ranked = weights[:, order]
        sums = LabelSums(
            ConfusionCounts(*counts[:4]),
            ConfusionCounts(*counts[4:]),
            np.add.reduceat(ranked * crack[order], starts, axis=1),
            np.add.reduceat(ranked * ~crack[order], starts, axis=1),
            weights @ squared,
            weights.sum(axis=1),
        )
        return np.stack([rate(sums) for rate in LABEL_RATES.values()], axis=1)

    return weigh


def _list_cells(crack: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(4, N) cell of the confusion matrix that each photo falls into, as ``ConfusionCounts``."""
    cells = (crack & predicted, ~crack & predicted, crack & ~predicted, ~crack & ~predicted)
    return np.stack(cells).astype(np.float64)


def _require_labels(
    labels: ArrayLike, scores: LabelPredictions
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    truth, values = np.asarray(labels), np.asarray(scores.probabilities, np.float64)
    if truth.ndim != 1 or truth.shape != values.shape or truth.size == 0:
        raise ShapeError(
            "Labels and probabilities must be one a photo, for at least one photo.",
            received=f"labels {truth.shape}, probabilities {values.shape}",
            remedy="Pass both for the same photos, in one order.",
        )
    require_probabilities(values)
    if not np.isin(truth, (0, 1)).all():
        raise ParameterError(
            "Labels must be 0 or 1.",
            received=f"labels {np.unique(truth)[:5].tolist()}",
            remedy="Pass labels with 1 for crack.",
        )
    return truth.astype(bool), values
