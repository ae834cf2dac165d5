"""How a training went."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex

_PANEL_MARGIN_IN = 0.15
_LABELS = {"f1": "F1 at threshold 0.5"}


def draw_learning_curve(history: pd.DataFrame, *, best_epoch: int, title: str) -> Figure:
    """Draw loss and the followed metric of train and validation over the epochs.

    Args:
        history: One row an epoch: ``epoch, stage, loss, val_loss, learning_rate`` and one
            metric, of train and validation, such as ``f1, val_f1``.
        best_epoch: Epoch whose weights were kept, marked by a line.
        title: Above the panels.

    Returns:
        The figure: loss, the metric (F1 of cracks), learning rate.
    """
    figure = Figure(figsize=(11, 3.6))
    figure.set_layout_engine("constrained", w_pad=_PANEL_MARGIN_IN)
    loss_axis, metric_axis, rate_axis = figure.subplots(1, 3)
    _draw_pair(loss_axis, history, "loss", "Loss")
    names = [str(name) for name in history if name != "loss" and f"val_{name}" in history]
    followed = names[0]
    _draw_pair(metric_axis, history, followed, _LABELS.get(followed, followed))
    rate_axis.plot(history["epoch"], history["learning_rate"], color=to_hex(GREY), marker=".")
    rate_axis.set_ylabel("Learning rate")
    rate_axis.set_yscale("log")
    for axis in (loss_axis, metric_axis, rate_axis):
        axis.axvline(best_epoch, color=to_hex(GREY), linestyle=":", label=f"best: {best_epoch}")
        _mark_stages(axis, history)
        axis.set_xlabel("Epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
    loss_axis.legend(fontsize=8)
    metric_axis.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def _draw_pair(axis: Axes, history: pd.DataFrame, name: str, label: str) -> None:
    epochs = history["epoch"]
    axis.plot(epochs, history[name], color=to_hex(BLUE), marker=".", label="train")
    axis.plot(
        epochs, history[f"val_{name}"], color=to_hex(VERMILLION), marker=".", label="validation"
    )
    axis.set_ylabel(label)


def _mark_stages(axis: Axes, history: pd.DataFrame) -> None:
    changes = history["stage"].diff().fillna(0) > 0
    for epoch in history.loc[changes, "epoch"]:
        axis.axvline(epoch - 0.5, color=to_hex(GREY), linestyle="-", alpha=0.5)
