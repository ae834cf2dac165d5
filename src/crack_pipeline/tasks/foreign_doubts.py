"""Why another program's files may mean something else than they were taken for."""

import numpy as np

from crack_pipeline.metrics.curves import choose_threshold
from crack_pipeline.metrics.rates import ConfusionCounts, CountArray
from crack_pipeline.tasks.split_scores import SplitScores

_MOST_CRACK = 0.5
"""Cracks are thin: few photos are crack for the most part, and no data set is on average."""


def list_doubts(scores: SplitScores, threshold: float) -> list[str]:
    """Tell what speaks for a wrong scale, or for crack and background being swapped.

    Args:
        scores: Of all photos.
        threshold: From which probability on a pixel is crack.

    Returns:
        Sentences that say what was seen and what to do; empty where nothing was.
    """
    counts = scores.each_at(threshold)
    predicted = counts.true_positive + counts.false_positive
    crack = counts.true_positive + counts.false_negative
    found = []
    if not predicted.any() and crack.any():
        found.append(_describe_emptiness(scores, threshold))
    if _mean_share(predicted, counts) > _MOST_CRACK:
        found.append(
            f"Predictions are {_mean_share(predicted, counts):.0%} crack on average at a threshold "
            f"of {threshold:g}: if crack is dark in them, write them inverted (1 − probability, "
            "255 − value); else raise scoring.threshold."
        )
    if _mean_share(crack, counts) > _MOST_CRACK:
        found.append(
            f"True masks are {_mean_share(crack, counts):.0%} crack on average: if crack is dark "
            "in them, write them inverted, with 0 for background and 255 for crack."
        )
    return found


def _mean_share(pixels: CountArray, counts: ConfusionCounts) -> float:
    """Mean of the photos' shares."""
    area = (
        counts.true_positive + counts.false_positive + counts.true_negative + counts.false_negative
    )
    return float(np.mean(pixels / area))


def _describe_emptiness(scores: SplitScores, threshold: float) -> str:
    best = choose_threshold(scores.sweep())
    seen = f"No pixel of any prediction reaches the threshold of {threshold:g}"
    if best.f1 is None or best.threshold == 0.0:
        return (
            f"{seen}, although true masks hold crack: look whether the predictions "
            "hold any, and set scoring.scale if another scale was recognised than theirs."
        )
    return (
        f"{seen}, yet at {best.threshold:.2f} F1 is {best.f1:.2f}: probably the values run on "
        "another scale than was recognised (set scoring.scale to the value that means certain "
        "crack), or the threshold is too high for them (set scoring.threshold to what was chosen "
        "on other photos)."
    )
