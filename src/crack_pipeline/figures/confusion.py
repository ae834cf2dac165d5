"""The confusion matrix as a picture."""

import numpy as np
from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.metrics.rates import ConfusionCounts, divide
from crack_pipeline.wording.numbers import PERCENT, format_number

_DARK_CELL = 0.55


def draw_confusion_matrix(counts: ConfusionCounts, *, unit: str, title: str) -> Figure:
    """Draw the four counts with their share of the true class.

    Args:
        counts: Counts of shape ().
        unit: What is counted, "pixels" or "photos".
        title: What is shown, of which data set and split.

    Returns:
        The figure; rows are the truth, columns the prediction.
    """
    figure, axes = new_plot(
        title=title,
        x_label="Predicted",
        y_label="Truth",
        width_in=5.2,
        height_in=4.6,
    )
    matrix = np.array(
        [
            [counts.true_negative, counts.false_positive],
            [counts.false_negative, counts.true_positive],
        ]
    )
    shares = divide(matrix, np.repeat(matrix.sum(axis=1, keepdims=True), 2, axis=1), if_empty=0.0)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    axes.set_xticks([0, 1], ["no crack", "crack"])
    axes.set_yticks([0, 1], ["no crack", "crack"], rotation=90, va="center")
    for (row, column), share in np.ndenumerate(shares):
        number = int(matrix[row, column])
        counted = unit.removesuffix("s") if number == 1 else unit
        text = f"{format_number(float(share), PERCENT)}\n{format_number(number)} {counted}"
        colour = "white" if share > _DARK_CELL else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=11)
    figure.colorbar(image, ax=axes, label="Share of the true class", shrink=0.85)
    return figure
