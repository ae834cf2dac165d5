"""Metrics of labels under weights of photos, and their intervals.

The areas under curves rank the photos, so they are no function of sums. They are computed anew for
each draw instead, from how often the draw holds each photo; all draws share one sorting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import (
    Interval,
    PairedInterval,
    bound_values,
    draw_weights,
    encode_groups,
    pair_values,
)
from crack_pipeline.metrics.rates import ConfusionCounts

LABEL_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "mcc",
    "auc",
    "average_precision",
    "brier",
)
"""Columns of ``weigh_label_metrics``. Lower is better for the last alone."""

_LOWER_IS_BETTER = tuple(name == "brier" for name in LABEL_METRICS)
_RATES = (
    rates.accuracy,
    rates.balanced_accuracy,
    rates.precision,
    rates.recall,
    rates.specificity,
    rates.f1,
    rates.matthews,
)


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """What a classifier says of N photos.

    Attributes:
        probabilities: (N,) of crack, in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
    """

    probabilities: NDArray[np.float64]
    threshold: float


def label_intervals(
    labels: ArrayLike, scores: LabelScores, groups: ArrayLike, *, resamples: int, seed: int = 0
) -> dict[str, Interval]:
    """Metrics of predicted labels with their intervals.

    Args:
        labels: (N,) of {0, 1}.
        scores: Of the same photos.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn.
        seed: Of the draws.

    Returns:
        Name of ``LABEL_METRICS`` → interval. Draws without one of the classes are left out of the
        intervals of the areas and of the balanced accuracy.

    Raises:
        ShapeError: If labels, probabilities and groups are not as many.
        ParameterError: If a label is not 0 or 1, a probability not in [0, 1], or ``resamples``
            below 1.
    """
    crack, _ = _require_labels(labels, scores)
    codes, n_groups = encode_groups(groups, len(crack))
    whole = np.ones((1, len(crack)))
    weights = draw_weights(n_groups, resamples=resamples, seed=seed)
    drawn = [weigh_label_metrics(crack, scores, batch[:, codes]) for batch in weights]
    found = bound_values(
        weigh_label_metrics(crack, scores, whole)[0], np.concatenate(drawn), n_groups
    )
    return dict(zip(LABEL_METRICS, found, strict=True))


def paired_label_intervals(
    labels: ArrayLike,
    first: LabelScores,
    second: LabelScores,
    groups: ArrayLike,
    *,
    resamples: int,
    seed: int = 0,
) -> dict[str, PairedInterval]:
    """Differences of two classifiers on the same photos, the groups drawn jointly.

    Args:
        labels: (N,) of {0, 1}.
        first: The first model's scores.
        second: Scores of the model that is subtracted.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn.
        seed: Of the draws.

    Returns:
        Name of ``LABEL_METRICS`` → difference; for the Brier score the lower one is better.

    Raises:
        ShapeError: As ``label_intervals``.
        ParameterError: As ``label_intervals``.
    """
    crack, _ = _require_labels(labels, first)
    _require_labels(labels, second)
    codes, n_groups = encode_groups(groups, len(crack))

    def weigh(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([weigh_label_metrics(crack, model, weights) for model in (first, second)])

    batches = draw_weights(n_groups, resamples=resamples, seed=seed)
    drawn = np.concatenate([weigh(batch[:, codes]) for batch in batches], axis=1)
    values = weigh(np.ones((1, len(crack))))[:, 0]
    found = pair_values(
        (values[0], values[1]), (drawn[0], drawn[1]), n_groups, lower_is_better=_LOWER_IS_BETTER
    )
    return dict(zip(LABEL_METRICS, found, strict=True))


def weigh_label_metrics(
    labels: ArrayLike, scores: LabelScores, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metrics of labels where each photo counts as often as its weight says.

    Args:
        labels: (N,) of {0, 1}.
        scores: Of the same photos.
        weights: (D, N) whole numbers ≥ 0, of D draws.

    Returns:
        (D, M), columns as ``LABEL_METRICS``; NaN where a class is absent and the metric needs it.

    Raises:
        ShapeError: If labels and probabilities are not as many.
        ParameterError: If a label is not 0 or 1, or a probability not in [0, 1].
    """
    crack, values = _require_labels(labels, scores)
    predicted = values >= scores.threshold
    cells = (crack & predicted, ~crack & predicted, crack & ~predicted, ~crack & ~predicted)
    sums = weights @ np.stack(cells, axis=1).astype(np.float64)
    counts = ConfusionCounts(*np.rint(sums).astype(np.int64).T)
    columns = [rate(counts) for rate in _RATES]
    columns += [weighted_auc(crack, values, weights)]
    columns += [weighted_average_precision(crack, values, weights)]
    squared = weights @ np.square(values - crack)
    columns += [rates.divide(squared, weights.sum(axis=1), if_empty=np.nan)]
    return np.stack(columns, axis=1)


def weighted_auc(
    crack: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area under the receiver operating characteristic of weighted photos.

    Args:
        crack: (N,) whether a photo shows crack.
        scores: (N,) numbers that rank the photos.
        weights: (D, N) ≥ 0, of D draws.

    Returns:
        (D,) share of the pairs of a crack and a crack-free photo that are ranked right, a tie
        being half a pair; NaN where a class is absent.
    """
    positive, negative = _sum_by_score(crack, scores, weights)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return rates.divide((positive * below).sum(axis=1), pairs, if_empty=np.nan)


def weighted_average_precision(
    crack: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area under the precision–recall curve of weighted photos, as a sum of steps.

    Args:
        crack: (N,) whether a photo shows crack.
        scores: (N,) numbers that rank the photos.
        weights: (D, N) ≥ 0, of D draws.

    Returns:
        (D,) Σ (R_k − R_(k−1)) · P_k from the highest score down; NaN without crack.
    """
    positive, negative = (one[:, ::-1] for one in _sum_by_score(crack, scores, weights))
    found = np.cumsum(positive, axis=1)
    predicted = found + np.cumsum(negative, axis=1)
    precision = rates.divide(found, predicted, if_empty=0.0)
    return rates.divide((positive * precision).sum(axis=1), positive.sum(axis=1), if_empty=np.nan)


def _sum_by_score(
    crack: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of crack and crack-free photos at each distinct score, ascending; each (D, U)."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    weights, crack = weights[:, order], crack[order]
    positive = np.add.reduceat(weights * crack, starts, axis=1)
    negative = np.add.reduceat(weights * ~crack, starts, axis=1)
    return positive, negative


def _require_labels(
    labels: ArrayLike, scores: LabelScores
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    truth, values = np.asarray(labels), np.asarray(scores.probabilities, np.float64)
    if truth.ndim != 1 or truth.shape != values.shape or truth.size == 0:
        raise ShapeError(
            "Labels and probabilities must be one a photo, for at least one photo.",
            received=f"labels {truth.shape}, probabilities {values.shape}",
            remedy="Pass both for the same photos, in one order.",
        )
    if not (np.isin(truth, (0, 1)).all() and ((values >= 0) & (values <= 1)).all()):
        raise ParameterError(
            "Labels must be 0 or 1, and probabilities numbers in [0, 1].",
            received=f"labels {np.unique(truth)[:5].tolist()}, probabilities from {values.min()} "
            f"to {values.max()}",
            remedy="Pass the output of a sigmoid, and labels with 1 for crack.",
        )
    return truth.astype(bool), values
