"""Shared by figures with a row for each number: the number beside the plot."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_MARGIN_IN = 0.12


def leave_margin(figure: Figure) -> None:
    """Keep labels and numbers off the figure's edge.

    Args:
        figure: With constrained layout, as ``new_plot`` starts it.
    """
    figure.set_layout_engine("constrained", w_pad=_MARGIN_IN, h_pad=_MARGIN_IN / 2)


def write_beside(axes: Axes, place: int, text: str) -> None:
    """Write text right of the plot, at a row.

    Args:
        axes: Of the plot.
        place: The row's place on the y axis.
        text: What is written.
    """
    axes.annotate(
        text,
        (1.02, place),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
        annotation_clip=False,
    )
