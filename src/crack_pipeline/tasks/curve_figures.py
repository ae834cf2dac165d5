"""The curves of a model beside those of its baseline; the same for every task."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.confusion import draw_confusion_matrix
from crack_pipeline.figures.curves import Curve, draw_precision_recall_curve, draw_roc_curve
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import ThresholdSweep, roc_points
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.wording.numbers import format_number

_LEAST_SHARE = 0.01
"""Of the true crack: where less than that is predicted, a precision says nothing."""


def list_curves(sweep: ThresholdSweep, at_threshold: ConfusionCounts) -> dict[str, Any]:
    """Write curves down so that another report can draw them.

    Args:
        sweep: Counts at K thresholds.
        at_threshold: Counts of shape () at the decision threshold.

    Returns:
        JSON-ready: recall and precision (ascending threshold, up to the highest at which enough is
        predicted for a precision), both rates of the receiver operating characteristic, and where
        the decision threshold lies.
    """
    false_positive_rate, true_positive_rate = roc_points(sweep)
    enough = _predict_enough(sweep.counts)
    return {
        "recall": rates.recall(sweep.counts)[enough].tolist(),
        "precision": rates.precision(sweep.counts)[enough].tolist(),
        "false_positive_rate": false_positive_rate.tolist(),
        "true_positive_rate": true_positive_rate.tolist(),
        "operating_point": {
            "recall": float(rates.recall(at_threshold)),
            "precision": float(rates.precision(at_threshold)),
            "false_positive_rate": float(1.0 - rates.specificity(at_threshold)),
            "f1": float(rates.f1(at_threshold)),
        },
    }


def _predict_enough(counts: ConfusionCounts) -> NDArray[np.bool_]:
    """Where more is predicted than a few pixels, whose precision is chance: a spike at recall 0."""
    predicted = counts.true_positive + counts.false_positive
    crack = counts.true_positive + counts.false_negative
    return np.asarray(predicted >= np.maximum(1, _LEAST_SHARE * crack), np.bool_)


def draw_curve_figures(
    subject: Subject,
    sweep: ThresholdSweep,
    at_threshold: ConfusionCounts,
    baseline: Mapping[str, Any],
    *,
    n_photos: int,
    unit: str,
) -> dict[str, Figure]:
    """Draw the test curves and the confusion matrix.

    Args:
        subject: The model, for titles.
        sweep: Its counts at K thresholds on the test photos.
        at_threshold: Its counts of shape () at the decision threshold.
        baseline: Name and curves of what it is compared with.
        n_photos: Number of test photos.
        unit: What is counted, "pixels" or "photos".

    Returns:
        ``precision_recall_curve``, ``roc_curve`` and ``confusion_matrix``.
    """
    named = (
        (subject.info.model, list_curves(sweep, at_threshold)),
        (str(baseline["name"]), baseline["curves"]),
    )
    n_crack = int(at_threshold.true_positive + at_threshold.false_negative)
    n_all = n_crack + int(at_threshold.true_negative + at_threshold.false_positive)
    return {
        "precision_recall_curve": draw_precision_recall_curve(
            [_precision_recall(name, curves) for name, curves in named],
            prevalence=n_crack / n_all,
            title=subject.title(f"Precision and recall of {unit}", "test", n_photos),
        ),
        "roc_curve": draw_roc_curve(
            [_receiver_operating(name, curves) for name, curves in named],
            title=subject.title(f"ROC of {unit}", "test", n_photos),
        ),
        "confusion_matrix": draw_confusion_matrix(
            at_threshold,
            unit=unit,
            title=subject.title("Confusion matrix", "test", n_photos),
        ),
    }


def _precision_recall(name: str, curves: Mapping[str, Any]) -> Curve:
    point = curves["operating_point"]
    return Curve(
        name,
        curves["recall"],
        curves["precision"],
        (point["recall"], point["precision"]),
        f"{name} at its threshold, F1 {format_number(point['f1'])}",
    )


def _receiver_operating(name: str, curves: Mapping[str, Any]) -> Curve:
    point = curves["operating_point"]
    return Curve(
        name,
        curves["false_positive_rate"],
        curves["true_positive_rate"],
        (point["false_positive_rate"], point["recall"]),
        f"{name} at its threshold",
    )
