"""Flat tables of metrics: ``<split>_<metric>_<aggregation>`` → number.

``pooled`` adds the pixels of all photos up before rates are taken; ``mean`` averages the rates of
the photos. Values for empty masks are those of :mod:`crack_pipeline.metrics.rates`; a metric that
is undefined (an area under a curve with one class only) is left out.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import average_precision, roc_auc, sweep_grid, sweep_scores
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index
from crack_pipeline.metrics.rates import count_confusion

_HALF = 0.5


def summarize_pixels(
    photos: ProbabilityHistograms, *, threshold: float, tolerance_px: int, prefix: str
) -> dict[str, float]:
    """Metrics of predicted masks against true ones.

    Args:
        photos: Histograms of N photos, (N, 101).
        threshold: A threshold of the grid.
        tolerance_px: The tolerance that the histograms were measured with.
        prefix: What names begin with, "test" or "test_baseline".

    Returns:
        Pooled precision, recall, F1 and IoU, the same with tolerance, at 0.5, the areas under
        both curves; the photos' mean precision, recall, Dice and IoU; the number of photos.

    Raises:
        ParameterError: If the threshold is not one of the grid.
    """
    summary = _pooled_rates(photos.pooled(), grid_index(threshold), tolerance_px)
    summary |= _mean_rates(photos, grid_index(threshold))
    return prefix_names(summary, prefix)


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
        Accuracy, balanced accuracy, Matthews' correlation (``mcc``), Brier score, precision,
        recall, specificity, F1, F1 at 0.5, AUC (of the receiver operating characteristic),
        average precision and the number of photos.
    """
    values = np.asarray(probabilities, np.float64)
    counts = count_confusion(labels, values >= threshold)
    sweep = sweep_scores(labels, values)
    summary = {
        "accuracy": float(rates.accuracy(counts)),
        "balanced_accuracy": float(rates.balanced_accuracy(counts)),
        "mcc": float(rates.matthews(counts)),
        "brier": float(np.mean(np.square(values - np.asarray(labels)))),
        "precision": float(rates.precision(counts)),
        "recall": float(rates.recall(counts)),
        "specificity": float(rates.specificity(counts)),
        "f1": float(rates.f1(counts)),
        "f1_at_half": float(rates.f1(count_confusion(labels, values >= _HALF))),
        "auc": roc_auc(sweep),
        "average_precision": average_precision(sweep),
        "photos": len(values),
    }
    return prefix_names(summary, prefix)


def prefix_names(summary: dict[str, float], prefix: str) -> dict[str, float]:
    """Put a prefix before each name, and leave out what is undefined.

    Args:
        summary: Name → number, NaN where undefined.
        prefix: What names begin with.

    Returns:
        ``<prefix>_<name>`` → number.
    """
    return {f"{prefix}_{name}": value for name, value in summary.items() if not math.isnan(value)}


def _pooled_rates(pooled: ProbabilityHistograms, index: int, tolerance_px: int) -> dict[str, float]:
    sweep = sweep_grid(pooled)
    counts = sweep.counts.at(index)
    tolerance = f"tolerance_{tolerance_px}px_pooled"
    return {
        "precision_pooled": float(rates.precision(counts)),
        "recall_pooled": float(rates.recall(counts)),
        "f1_pooled": float(rates.f1(counts)),
        "iou_pooled": float(rates.iou(counts)),
        f"precision_{tolerance}": float(pooled.tolerant_precision()[index]),
        f"recall_{tolerance}": float(pooled.tolerant_recall()[index]),
        f"f1_{tolerance}": float(pooled.tolerant_f1()[index]),
        "f1_at_half_pooled": float(rates.f1(sweep.counts.at(grid_index(_HALF)))),
        "auc_pooled": roc_auc(sweep),
        "average_precision_pooled": average_precision(sweep),
    }


def _mean_rates(photos: ProbabilityHistograms, index: int) -> dict[str, float]:
    counts = photos.counts().at((slice(None), index))
    dice = rates.f1(counts)
    cracked = photos.crack.sum(axis=-1) > 0
    return {
        "precision_mean": float(rates.precision(counts).mean()),
        "recall_mean": float(rates.recall(counts).mean()),
        "dice_mean": float(dice.mean()),
        "iou_mean": float(rates.iou(counts).mean()),
        "dice_cracked_mean": float(dice[cracked].mean()) if cracked.any() else math.nan,
        "photos": len(dice),
        "photos_without_crack": int((~cracked).sum()),
    }
