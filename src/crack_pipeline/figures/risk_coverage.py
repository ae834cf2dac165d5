"""Risk against coverage: the gain of deferring doubtful photos to a person."""

from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex
from crack_pipeline.metrics.risk_coverage import RiskCoverage, share_to_hand_over
from crack_pipeline.wording.numbers import format_number

_MARGIN = 0.02


def draw_risk_coverage(curve: RiskCoverage, *, risk_label: str, title: str) -> Figure:
    """Draw the risk of the photos that are kept against their share.

    Args:
        curve: From ``trace_risk``.
        risk_label: What is at risk, "1 − Dice" or "share of wrong labels".
        title: What is shown, of which data set and split.

    Returns:
        The figure, with the best possible order, a random one, and the share that halves the risk
        where one does.
    """
    figure, axes = new_plot(
        title=title,
        x_label="Coverage (share of photos kept, most confident first)",
        y_label=f"Mean risk of the kept photos ({risk_label})",
    )
    whole = float(curve.risk[-1])
    axes.plot(
        curve.coverage,
        curve.risk,
        color=to_hex(VERMILLION),
        linewidth=2,
        label=f"by confidence (area {format_number(curve.area)})",
    )
    axes.plot(
        curve.coverage,
        curve.oracle,
        color=to_hex(BLUE),
        linestyle="--",
        label=f"best possible order (area {format_number(curve.oracle_area)})",
    )
    label = f"random order ({format_number(whole)})"
    axes.axhline(whole, color=to_hex(GREY), linestyle=":", linewidth=1.2, label=label)
    handed = share_to_hand_over(curve)
    if handed:
        label = f"hand over {100 * handed:.0f} % to halve the risk"
        axes.plot(
            [1 - handed], [_risk_at(curve, handed)], "o", color=to_hex(VERMILLION), label=label
        )
    axes.set_xlim(-_MARGIN, 1 + _MARGIN)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)
    return figure


def _risk_at(curve: RiskCoverage, handed: float) -> float:
    return float(curve.risk[round((1 - handed) * len(curve.risk)) - 1])
