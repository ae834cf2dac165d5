"""The sheet of explanations: photo, truth, prediction and each method side by side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crack_pipeline.explain.explainer import ExplainedPhoto
from crack_pipeline.explain.methods import title_of
from crack_pipeline.explain.photos import KINDS
from crack_pipeline.explain.scores import energy_inside
from crack_pipeline.figures.heat_maps import overlay_heat
from crack_pipeline.figures.outlines import outline_mask
from crack_pipeline.figures.palette import GREEN, PREDICTION, TRUTH, Colour
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

_PANEL_IN = 2.6
_PANELS_A_ROW = 4
_PANEL_PX = 240
_CLASS_NAMES = ("no crack", "crack")


def draw_explanation_sheet(
    explained: Sequence[ExplainedPhoto], *, task: Task, title: str
) -> Figure:
    """Draw the sheet: the panels of each photo, four beside each other, so that captions are read.

    Args:
        explained: Photos; those without a kind are left out.
        task: What the model was trained for.
        title: Of the figure.

    Returns:
        The figure.
    """
    shown = [(kind, photo) for kind in KINDS for photo in explained if photo.chosen.kind == kind]
    rows = [row for kind, photo in shown for row in _rows_of(kind, photo, task)]
    legend: list[tuple[str, Colour]] = [("truth", TRUTH)]
    if task_spec(task).truth == "masks":
        legend.append(("prediction", PREDICTION))
    if any(photo.joints is not None and photo.joints.any() for _, photo in shown):
        legend.append(("tile joints", GREEN))
    return draw_sheet(
        rows or [PanelRow("Photos", [])], title=title, legend=legend, panel_width_in=_PANEL_IN
    )


def _rows_of(kind: str, photo: ExplainedPhoto, task: Task) -> list[PanelRow]:
    panels = _panels(photo, task)
    starts = range(0, len(panels), _PANELS_A_ROW)
    headings = [_heading(kind, photo), *("" for _ in starts[1:])]
    return [
        PanelRow(heading, panels[start : start + _PANELS_A_ROW])
        for heading, start in zip(headings, starts, strict=True)
    ]


def _heading(kind: str, photo: ExplainedPhoto) -> str:
    rank = f"{kind.capitalize()}{' of the others' if photo.chosen.is_of_others else ''}"
    return f"{rank} · {photo.chosen.image_id} · explained: {_explained(photo)}"


def _explained(photo: ExplainedPhoto) -> str:
    if photo.target == "photo":
        return "the photo's crack logit"
    if photo.target == "all pixels":
        return "logits of all pixels"
    return "logits of the predicted crack"


def _panels(photo: ExplainedPhoto, task: Task) -> list[Panel]:
    panels = [Panel(photo.photo, "photo"), _truth_panel(photo)]
    if photo.predicted is not None:
        outlined = _outline(photo.photo, photo.predicted, PREDICTION)
        panels.append(Panel(outlined, f"prediction\n{photo.predicted.mean():.1%} of the tile"))
    return [*panels, *(_method_panel(photo, name, task) for name in photo.heats)]


def _truth_panel(photo: ExplainedPhoto) -> Panel:
    drawn, caption = photo.photo, "truth"
    if photo.joints is not None and photo.joints.any():
        drawn = _outline(drawn, photo.joints, GREEN)
    if photo.truth is not None:
        drawn = _outline(drawn, photo.truth, TRUTH)
    if photo.label is not None and photo.probability is not None:
        name = _CLASS_NAMES[int(photo.label)]
        caption = f"truth: {name}\npredicted probability {photo.probability:.3f}"
    return Panel(drawn, caption)


def _method_panel(photo: ExplainedPhoto, name: str, task: Task) -> Panel:
    heat = photo.heats[name].heat
    caption = title_of(name, task)
    if not heat.any():
        caption += "\nno heat"
    elif photo.truth is not None and photo.truth.any():
        caption += f"\n{energy_inside(heat, photo.truth):.0%} inside the truth"
    return Panel(overlay_heat(photo.photo, heat), caption)


def _outline(image: np.ndarray, mask: np.ndarray, colour: Colour) -> np.ndarray:
    thickness_px = max(1, round(max(image.shape[:2]) / _PANEL_PX))
    return outline_mask(image, mask, colour, thickness_px=thickness_px)
