"""Gain of a model over its baseline on the same test photos, with intervals over source photos."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.bootstrap import Interval, bootstrap_difference
from crack_pipeline.metrics.labels import LabelPredictions, paired_label_intervals
from crack_pipeline.metrics.rates import ConfusionCounts

_COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")


def list_counts(image_ids: Sequence[Any], counts: ConfusionCounts) -> dict[str, list[int]]:
    """Counts of each photo, for a baseline's JSON.

    Args:
        image_ids: N names of photos.
        counts: Counts of shape (N,).

    Returns:
        Name → true positive, false positive, false negative, true negative.
    """
    table = np.stack([getattr(counts, name) for name in _COUNTS], axis=1)
    return {str(image_id): row.tolist() for image_id, row in zip(image_ids, table, strict=True)}


def compare_masks(
    rows: pd.DataFrame,
    counts: ConfusionCounts,
    baseline_counts: Mapping[str, Sequence[int]],
    *,
    resamples: int,
) -> dict[str, float]:
    """Difference of the pooled F1.

    Args:
        rows: Of the manifest, N.
        counts: The model's, (N,).
        baseline_counts: From ``list_counts``, of the same photos.
        resamples: Draws of the bootstrap.

    Returns:
        ``test_f1_pooled_minus_baseline``, and the same with ``_low`` and ``_high`` of 95 %, where
        the photos are of two or more groups.
    """
    own = list_counts(rows["image_id"].tolist(), counts)
    tables = [
        pd.DataFrame([known[str(name)] for name in rows["image_id"]], columns=list(_COUNTS))
        for known in (own, baseline_counts)
    ]
    first, second = (table.assign(group_id=rows["group_id"].to_numpy()) for table in tables)
    return _name({"f1_pooled": bootstrap_difference(first, second, resamples=resamples)})


def compare_labels(
    rows: pd.DataFrame,
    labels: NDArray[np.int64],
    model: tuple[NDArray[np.float64], float],
    baseline: tuple[NDArray[np.float64], float],
    *,
    resamples: int,
) -> dict[str, float]:
    """Differences of F1, of the area under the curve and of the Brier score.

    The Brier score is the mean squared error of the probabilities: it tells two models apart
    where both get nearly every label right.

    Args:
        rows: Of the manifest, N.
        labels: (N,) of {0, 1}.
        model: Its (N,) probabilities and its threshold.
        baseline: The same.
        resamples: Draws of the bootstrap.

    Returns:
        ``test_<metric>_minus_baseline``, and the same with ``_low`` and ``_high`` of 95 %, where
        the photos are of two or more groups; no AUC where a class is absent.

    Source:
        Brier (1950), Verification of forecasts expressed in terms of probability,
        https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """
    first, second = (LabelPredictions(*one) for one in (model, baseline))
    found = paired_label_intervals(labels, first, second, rows["group_id"], resamples=resamples)
    return _name({name: found[name].difference for name in ("f1", "auc", "brier")})


def _name(intervals: Mapping[str, Interval]) -> dict[str, float]:
    return {
        f"test_{name}_minus_baseline{suffix}": value
        for name, found in intervals.items()
        if np.isfinite(found.value)
        for suffix, value in (("", found.value), ("_low", found.low), ("_high", found.high))
        if value is not None
    }
