"""Sheets of explanations: heat maps beside photos, filters of a network, maps of its blocks."""

from collections.abc import Sequence

import cv2
import matplotlib
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.explain.explainer import ExplainedPhoto
from crack_pipeline.explain.methods import title_of
from crack_pipeline.explain.photos import KINDS
from crack_pipeline.explain.scores import energy_inside
from crack_pipeline.figures.outlines import outline_mask, require_same_size
from crack_pipeline.figures.palette import GREEN, PREDICTION, TRUTH, Colour
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet, shrink_to_panel
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import RgbImage, Task

_PANEL_IN = 2.6
_PANELS_A_ROW = 4
_PANEL_PX = 240
_TARGETS = {
    "photo": "the photo's crack logit",
    "all pixels": "logits of all pixels",
    "predicted crack": "logits of the predicted crack",
}
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
    return f"{rank} · {photo.chosen.image_id} · explained: {_TARGETS[photo.target]}"


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


_MAP = "inferno"
_BRIGHTEST_PERCENT = 99.5
_PHOTO_BRIGHTNESS = 0.55


def overlay_heat(image: RgbImage, heat: NDArray[np.float32]) -> RgbImage:
    """Lay a heat map over a photo without its colours.

    The scale ends at the map's 99.5th percentile, so that a few very hot pixels do not leave the
    rest dark.

    Args:
        image: (H, W, 3) uint8.
        heat: (H, W) in [0, 1].

    Returns:
        (H, W, 3) uint8: the dimmed photo where there is no heat, through dark red to yellow.

    Raises:
        ShapeError: If the two differ in size.
    """
    require_same_size(image, heat, "heat")
    scaled = stretch(heat, upper_percent=_BRIGHTEST_PERCENT)[..., None]
    grey = image.mean(axis=-1, keepdims=True) / 255.0 * _PHOTO_BRIGHTNESS
    colours = matplotlib.colormaps[_MAP](scaled[..., 0])[..., :3]
    mixed = grey * (1 - scaled) + colours * scaled
    return np.asarray(np.rint(np.clip(mixed, 0, 1) * 255), np.uint8)


def colour_values(values: NDArray[np.float32]) -> RgbImage:
    """Show a map of any numbers, (H, W), by colours, (H, W, 3), from its lowest to its highest."""
    scaled = Normalize()(values)
    return np.asarray(np.rint(matplotlib.colormaps["viridis"](scaled)[..., :3] * 255), np.uint8)


def stretch(heat: NDArray[np.float32], *, upper_percent: float) -> NDArray[np.float32]:
    """Brighten a map so that a percentile of what is above 0 becomes 1.

    Args:
        heat: (H, W), ≥ 0.
        upper_percent: The percentile.

    Returns:
        (H, W) in [0, 1].
    """
    limit = float(np.percentile(heat, upper_percent))
    limit = limit if limit > 0 else float(heat.max(initial=0.0))
    return np.clip(heat / limit, 0, 1).astype(np.float32) if limit > 0 else heat


_FILTERS_A_ROW = 16
_FILTER_PX = 96
_FILTER_IN = 0.75
_MAP_PX = 256
_MAP_IN = 1.7


def draw_filters(kernels: NDArray[np.float32], *, layer: str, title: str) -> Figure:
    """Show the kernels of a first layer as small colour pictures.

    Each is scaled by itself: middle grey is 0, and its largest number is full colour.

    Args:
        kernels: (F, h, w, 3).
        layer: Name of the layer.
        title: Of the figure.

    Returns:
        The figure.
    """
    pictures = [_show_kernel(kernel) for kernel in kernels]
    rows = [
        PanelRow(
            f"{layer}, filters {first} to {first + len(part) - 1}",
            [Panel(picture, str(first + number)) for number, picture in enumerate(part)],
        )
        for first in range(0, len(pictures), _FILTERS_A_ROW)
        for part in [pictures[first : first + _FILTERS_A_ROW]]
    ]
    return draw_sheet(rows, title=title, panel_width_in=_FILTER_IN)


def draw_activations(
    photo: RgbImage,
    maps: Sequence[tuple[str, NDArray[np.float32]]],
    *,
    title: str,
    n_maps: int = 7,
) -> Figure:
    """Show what the blocks of a network make of a photo.

    Args:
        photo: (T, T, 3) uint8.
        maps: Name of a layer and its (H, W, C) output, a block each.
        title: Of the figure.
        n_maps: Channels shown of each block: those that vary most over the photo.

    Returns:
        The figure: a row a block, first the mean size of all channels.
    """
    rows = [PanelRow("input", [Panel(shrink_to_panel(photo, longest_px=_MAP_PX), "photo")])]
    rows += [_block_row(name, values, n_maps) for name, values in maps]
    return draw_sheet(rows, title=title, panel_width_in=_MAP_IN)


def _block_row(name: str, values: NDArray[np.float32], n_maps: int) -> PanelRow:
    height, width, channels = values.shape
    chosen = np.argsort(-values.std(axis=(0, 1)), kind="stable")[:n_maps]
    shown = {"mean of all": np.abs(values).mean(axis=-1)}
    shown |= {f"map {one}": values[..., one] for one in chosen}
    panels = [Panel(_enlarge(colour_values(one)), caption) for caption, one in shown.items()]
    return PanelRow(f"{name}: {channels} maps of {width}×{height}", panels)


def _show_kernel(kernel: NDArray[np.float32]) -> RgbImage:
    largest = max(float(np.abs(kernel).max()), 1e-12)
    picture = np.rint(127.5 + 127.5 * kernel / largest).astype(np.uint8)
    return _enlarge(picture, _FILTER_PX)


def _enlarge(picture: RgbImage, side_px: int = _MAP_PX) -> RgbImage:
    scale = side_px / max(picture.shape[:2])
    if scale <= 1:
        return shrink_to_panel(picture, longest_px=side_px)
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8)
