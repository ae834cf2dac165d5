"""A figure in place of one that cannot be drawn, so that nobody wonders where it is."""

from textwrap import fill

from matplotlib.figure import Figure

_LINE = 60


def draw_notice(sentence: str, *, title: str) -> Figure:
    """Say why there is no figure.

    Args:
        sentence: The reason.
        title: What would be shown, of which data set and split.

    Returns:
        A figure of a title and the sentence.
    """
    figure = Figure(figsize=(6.4, 1.6), layout="constrained")
    figure.suptitle(title, x=0.02, ha="left", fontsize=11)
    figure.text(0.02, 0.2, fill(sentence, _LINE), fontsize=10)
    return figure
