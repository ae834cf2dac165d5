"""Intervals that respect groups: photos of one place are drawn together or not at all."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.metrics.bootstrap import Interval, bound_values, draw_weights
from crack_pipeline.metrics.labels import weighted_auc
from crack_pipeline.metrics.rates import ConfusionCounts, f1

_COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")


def bootstrap_f1(photos: pd.DataFrame, *, resamples: int, seed: int = 0) -> Interval:
    """Pooled F1 with its interval.

    Args:
        photos: One row a photo (the same photo may come several times): ``group_id`` and the four
            counts.
        resamples: How often the groups are drawn, with replacement.
        seed: Of the draws.

    Returns:
        The interval, without bounds where all photos are one group.

    Source:
        Field, C. A., Welsh, A. H. (2007), Bootstrapping clustered data,
        https://doi.org/10.1111/j.1467-9868.2007.00593.x (the cluster bootstrap).
    """
    counts = photos.groupby("group_id")[list(_COUNTS)].sum().to_numpy(np.float64)
    drawn = _resample(counts[None], resamples, seed)[0]
    return _bound(_f1_of(counts.sum(axis=0)), drawn, len(counts))


def bootstrap_difference(
    first: pd.DataFrame, second: pd.DataFrame, *, resamples: int, seed: int = 0
) -> Interval:
    """Difference of two pooled F1, the groups drawn jointly for both.

    Args:
        first: As for ``bootstrap_f1``.
        second: The same for what is subtracted; groups may occur in both.
        resamples: How often the groups are drawn.
        seed: Of the draws.

    Returns:
        F1 of the first less F1 of the second.
    """
    sums = [photos.groupby("group_id")[list(_COUNTS)].sum() for photos in (first, second)]
    groups = sums[0].index.union(sums[1].index)
    counts = np.stack([table.reindex(groups, fill_value=0).to_numpy(np.float64) for table in sums])
    drawn = _resample(counts, resamples, seed)
    value = _f1_of(counts[0].sum(axis=0)) - _f1_of(counts[1].sum(axis=0))
    return _bound(value, drawn[0] - drawn[1], len(groups))


def bootstrap_mean(
    values: NDArray[np.float64], groups: pd.Series, *, resamples: int, seed: int = 0
) -> Interval:
    """Mean of one number a photo, the groups drawn together.

    Args:
        values: (N,), for instance the difference of two models' squared errors.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn, with replacement.
        seed: Of the draws.

    Returns:
        The interval.
    """
    table = pd.DataFrame({"group": groups.to_numpy(), "sum": values, "n": 1.0})
    sums = table.groupby("group")[["sum", "n"]].sum().to_numpy()
    weights = draw_weights(len(sums), resamples=resamples, seed=seed)
    drawn = np.concatenate([batch @ sums for batch in weights])
    return _bound(values.mean(), drawn[:, 0] / drawn[:, 1], len(sums))


def bootstrap_auc(
    labels: ArrayLike, scores: ArrayLike, groups: pd.Series, *, resamples: int, seed: int = 0
) -> Interval:
    """Area under the receiver operating characteristic with its interval.

    Args:
        labels: (N,) of {0, 1}.
        scores: (N,) numbers that rank the photos.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn, with replacement.
        seed: Of the draws.

    Returns:
        The interval, over the draws that hold both classes; NaN where the photos do not.
    """
    value, drawn = _draw_auc(labels, [scores], groups, resamples, seed)
    return _bound(value[0], drawn[0], groups.nunique())


def bootstrap_auc_difference(
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    groups: pd.Series,
    *,
    resamples: int,
    seed: int = 0,
) -> Interval:
    """Difference of two models' areas on the same photos, the groups drawn jointly.

    Args:
        labels: (N,) of {0, 1}.
        first: (N,) scores of the first model.
        second: (N,) scores of what is subtracted.
        groups: (N,) group of each photo.
        resamples: How often the groups are drawn, with replacement.
        seed: Of the draws.

    Returns:
        Area of the first less area of the second; as ``bootstrap_auc`` gives it.
    """
    value, drawn = _draw_auc(labels, [first, second], groups, resamples, seed)
    return _bound(value[0] - value[1], drawn[0] - drawn[1], groups.nunique())


def _draw_auc(
    labels: ArrayLike, models: list[ArrayLike], groups: pd.Series, resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas on all photos, (S,), and on the draws, (S, resamples), of S models."""
    crack = np.asarray(labels).astype(bool)
    scores = [np.asarray(model, np.float64) for model in models]
    codes, names = pd.factorize(groups.to_numpy())
    all_photos = np.ones((1, len(crack)))
    value = np.concatenate([weighted_auc(crack, model, all_photos) for model in scores])
    parts = [
        np.stack([weighted_auc(crack, model, weights[:, codes]) for model in scores])
        for weights in draw_weights(len(names), resamples=resamples, seed=seed)
    ]
    return value, np.concatenate(parts, axis=1)


def _resample(counts: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """F1 of each resample: (S, G, 4) counts of S tables become (S, resamples)."""
    parts = [
        np.stack([_f1_of(weights @ table) for table in counts])
        for weights in draw_weights(counts.shape[1], resamples=resamples, seed=seed)
    ]
    return np.concatenate(parts, axis=1)


def _f1_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(f1(ConfusionCounts(*np.moveaxis(counts, -1, 0).astype(np.int64))))


def _bound(value: ArrayLike, drawn: NDArray[np.float64], n_groups: int) -> Interval:
    return bound_values(np.atleast_1d(np.asarray(value, np.float64)), drawn[:, None], n_groups)[0]
