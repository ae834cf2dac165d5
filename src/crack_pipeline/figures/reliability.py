"""How far probabilities can be taken at their word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.count_panel import draw_counts, new_plot_with_counts, scale_by_decades
from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex
from crack_pipeline.metrics.calibration import ReliabilityCounts, trace_reliability

_LOOKS = ((GREY, "o--"), (VERMILLION, "s-"), (BLUE, "^-."))
_MARGIN = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityLine:
    """One curve of a reliability diagram.

    Attributes:
        label: What the legend calls it, such as "as predicted, ECE 0.081".
        counts: Pooled sums of shape (B,).
    """

    label: str
    counts: ReliabilityCounts


def draw_reliability(lines: Sequence[ReliabilityLine], *, unit: str, title: str) -> Figure:
    """Draw the share of crack against the probability, with what each bin holds below.

    Args:
        lines: Before scaling first, then after; at most three. The strip below counts the last.
        unit: What is counted, "pixels" or "photos".
        title: What is shown, of which data set and split.

    Returns:
        The figure; points below the diagonal are predicted with too much confidence.
    """
    figure, axes, strip = new_plot_with_counts(
        title=title,
        x_label="Predicted probability of crack",
        y_label="Share that is crack",
        count_label=unit.capitalize(),
    )
    axes.plot([0, 1], [0, 1], color=to_hex(GREY), linestyle=":", linewidth=1.2, label="calibrated")
    for line, (colour, look) in zip(lines, _LOOKS, strict=False):
        curve = trace_reliability(line.counts)
        axes.plot(
            curve.probability, curve.share, look, color=to_hex(colour), label=line.label, ms=5
        )
    if lines:
        counts = lines[-1].counts.count
        draw_counts(strip, _middles(counts), counts, width=0.9 / len(counts))
        scale_by_decades(strip, counts)
    axes.set_xlim(-_MARGIN, 1 + _MARGIN)
    axes.set_ylim(-_MARGIN, 1 + _MARGIN)
    axes.legend(loc="upper left", fontsize=9)
    return figure


def _middles(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.arange(len(counts)) + 0.5) / len(counts)
