"""Figures without pyplot: nothing global, nothing to close, safe in any thread."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.types import RgbImage

_TITLE_SIZE = 11
_LABEL_SIZE = 10
_DOTS = 110
"""Per inch, as the catalog saves figures."""


def new_plot(
    *, title: str, x_label: str, y_label: str, width_in: float = 6.4, height_in: float = 4.8
) -> tuple[Figure, Axes]:
    """Start a figure with one plot.

    Args:
        title: What is shown, of which data set and split.
        x_label: Quantity and unit.
        y_label: Quantity and unit.
        width_in: Width in inches.
        height_in: Height in inches.

    Returns:
        The figure and its axes.
    """
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=_TITLE_SIZE, loc="left")
    axes.set_xlabel(x_label, fontsize=_LABEL_SIZE)
    axes.set_ylabel(y_label, fontsize=_LABEL_SIZE)
    axes.grid(visible=True, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def show_picture(image: RgbImage) -> Figure:
    """Make a figure of a picture and nothing else, a pixel of the file for a pixel of the picture.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        The figure.
    """
    height_px, width_px = image.shape[:2]
    figure = Figure(figsize=(width_px / _DOTS, height_px / _DOTS), dpi=_DOTS)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(image, aspect="auto", interpolation="none")
    return figure
