"""Test photos that are worth looking at: the best, typical ones, missed cracks, false cracks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.outlines import compare_masks, outline_errors
from crack_pipeline.figures.palette import FALSE_CRACK, FOUND, MISSED, Colour
from crack_pipeline.figures.plots import show_picture
from crack_pipeline.figures.sheets import (
    Panel,
    PanelRow,
    draw_sheet,
    put_side_by_side,
    shrink_mask,
    shrink_to_panel,
)
from crack_pipeline.images.reading import read_image
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.types import BinaryMask, RgbImage
from crack_pipeline.wording.numbers import PERCENT, format_number

KINDS = ("best", "typical", "missed", "false_alarm")
_ORDER = ("missed", "best", "false_alarm", "typical")
"""The kinds in the order in which they take photos where there are few."""
_PANEL_PX = 480
_WHOLE_PX = 2 * _PANEL_PX
_LEGEND: tuple[tuple[str, Colour], ...] = (
    ("found", FOUND),
    ("missed", MISSED),
    ("false crack", FALSE_CRACK),
)
_MASK_HEADINGS = {
    "best": "Best",
    "typical": "Typical",
    "missed": "Missed cracks, the worst first",
    "false_alarm": "False cracks, the worst first",
}
_LABEL_HEADINGS = {
    "best": "Classified correctly, the most certain first",
    "typical": "Classified correctly, the least certain first",
    "missed": "Missed cracks, the surest first",
    "false_alarm": "False alarms, the surest first",
}
_CLASS_NAMES = ("No crack", "Crack")

Photo = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A photo that is shown.

    Attributes:
        kind: One of ``KINDS``.
        heading: The kind in words.
        image_id: The photo.
        caption: How the model did on it.
        picture: (H, W, 3) uint8; of masks the plain photo beside the outlined one.
    """

    kind: str
    heading: str
    image_id: str
    caption: str
    picture: RgbImage


def show_masks(
    photos: Sequence[Photo],
    rows: pd.DataFrame,
    predict: Callable[[RgbImage], BinaryMask],
    *,
    tolerance_px: int,
    n_photos: int,
) -> list[Example]:
    """Draw examples of predicted masks.

    Args:
        photos: Entries of the evaluation report, one a photo.
        rows: Of the manifest, of the same photos.
        predict: Photo → mask.
        tolerance_px: What is nearer than this counts as found.
        n_photos: Most photos of each kind.

    Returns:
        In the order of ``KINDS``, in each the most telling first.
    """
    by_id = rows.set_index("image_id")
    examples = []
    for kind, chosen in rank_masks(photos, n_photos).items():
        for photo in chosen:
            row = by_id.loc[photo["image_id"]]
            image, truth = read_image(Path(row["image_path"])), read_mask(Path(row["mask_path"]))
            masks = truth, predict(image)
            picture, is_detail = _draw_pair(image, *masks, kind=kind, tolerance_px=tolerance_px)
            caption = _describe_mask(photo) + (" (detail)" if is_detail else "")
            name = str(photo["image_id"])
            examples.append(Example(kind, _MASK_HEADINGS[kind], name, caption, picture))
    return examples


def show_labels(
    rows: pd.DataFrame,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    threshold: float,
    n_photos: int,
) -> list[Example]:
    """Draw examples of predicted labels.

    Args:
        rows: Of the manifest, N photos.
        labels: (N,) of {0, 1}.
        probabilities: (N,) in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
        n_photos: Most photos of each kind.

    Returns:
        In the order of ``KINDS``, in each the most telling first.
    """
    ranked = rank_labels(labels, probabilities, threshold=threshold, n_photos=n_photos)
    examples = []
    for kind, chosen in ranked.items():
        for place in chosen:
            row = rows.iloc[place]
            picture = shrink_to_panel(read_image(Path(row["image_path"])), longest_px=_WHOLE_PX)
            probability = format_number(float(probabilities[place]), PERCENT)
            caption = f"{_CLASS_NAMES[labels[place]]}; crack probability {probability}"
            name = str(row["image_id"])
            examples.append(Example(kind, _LABEL_HEADINGS[kind], name, caption, picture))
    return examples


def draw_examples(examples: Sequence[Example], *, title: str) -> dict[str, Figure]:
    """Draw the sheet of all examples, and each example as a figure of its own.

    Args:
        examples: From ``show_masks`` or ``show_labels``.
        title: Of the sheet.

    Returns:
        ``prediction_sheet``, and a figure for each name of ``list_examples``.
    """
    is_of_masks = any(one.heading in _MASK_HEADINGS.values() for one in examples)
    by_heading: dict[str, list[Panel]] = {}
    for one in examples:
        panel = Panel(one.picture, f"{one.image_id}\n{one.caption}")
        by_heading.setdefault(one.heading, []).append(panel)
    sheet = draw_sheet(
        [PanelRow(heading, panels) for heading, panels in by_heading.items()]
        or [PanelRow("Photos", [])],
        title=title,
        legend=_LEGEND if is_of_masks else (),
        panel_width_in=5.0 if is_of_masks else 2.8,
    )
    names = [entry["figure"] for entry in list_examples(examples)]
    singles = {name: show_picture(one.picture) for name, one in zip(names, examples, strict=True)}
    return {"prediction_sheet": sheet, **singles}


def list_examples(examples: Iterable[Example]) -> list[dict[str, str]]:
    """Describe the examples for the report, JSON-ready: ``figure`` names the picture of each."""
    counts = dict.fromkeys(KINDS, 0)
    entries = []
    for one in examples:
        counts[one.kind] += 1
        entries.append(
            {
                "figure": f"example_{one.kind}_{counts[one.kind]}",
                "kind": one.kind,
                "heading": one.heading,
                "image_id": one.image_id,
                "caption": one.caption,
            }
        )
    return entries


def rank_masks(photos: Sequence[Photo], n_photos: int) -> dict[str, list[Photo]]:
    """Choose photos by how well their crack was found.

    Best and typical are photos with crack: a crack-free photo that was left alone shows nothing.

    Args:
        photos: Entries of the report, one a photo.
        n_photos: Most photos of each kind.

    Returns:
        Kind → entries, the most telling first; a photo is named once, and where there are few,
        each kind gets one before any gets a second.
    """
    cracked = sorted(
        (photo for photo in photos if photo["truth_px"] > 0),
        key=lambda photo: (-photo["dice"], photo["wrong_px"], photo["image_id"]),
    )
    middle = len(cracked) // 2
    return _deal(
        {
            "best": cracked,
            "typical": sorted(cracked, key=lambda photo: abs(cracked.index(photo) - middle)),
            "missed": sorted(filter(_missed_px, cracked), key=_order_of_misses),
            "false_alarm": sorted(filter(_is_false_alarm, photos), key=_order_of_alarms),
        },
        n_photos,
    )


def rank_labels(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    threshold: float,
    n_photos: int,
) -> dict[str, list[int]]:
    """Choose the photos that tell most about a classifier.

    Args:
        labels: (N,) of {0, 1}.
        probabilities: (N,) in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
        n_photos: Most photos of each kind.

    Returns:
        Kind → positions, the most telling first; a photo is named once.
    """
    predicted = probabilities >= threshold
    is_wrong = predicted != (labels == 1)
    nearest_first = np.argsort(np.abs(probabilities - threshold), kind="stable").tolist()
    farthest_first = np.argsort(-np.abs(probabilities - threshold), kind="stable").tolist()
    right = [place for place in farthest_first if not is_wrong[place]]
    return _deal(
        {
            # A crack that was found shows more than a photo where there was nothing to find.
            "best": sorted(right, key=lambda place: -labels[place]),
            "typical": [place for place in nearest_first if not is_wrong[place]],
            "missed": [p for p in farthest_first if is_wrong[p] and not predicted[p]],
            "false_alarm": [p for p in farthest_first if is_wrong[p] and predicted[p]],
        },
        n_photos,
    )


def _deal(ranked: Mapping[str, Sequence[Any]], n_photos: int) -> dict[str, list[Any]]:
    """Give each kind its photos in turns, none twice."""
    chosen: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for _ in range(n_photos):
        for kind in _ORDER:
            taken = [one for several in chosen.values() for one in several]
            free = next((one for one in ranked[kind] if one not in taken), None)
            chosen[kind] += [] if free is None else [free]
    return chosen


def _missed_px(photo: Photo) -> float:
    return float(photo["line_truth"] - photo["line_truth_near"])


def _order_of_misses(photo: Photo) -> tuple[float, float, str]:
    share = photo["line_truth_near"] / photo["line_truth"]
    return round(share, 2), -_missed_px(photo), photo["image_id"]


def _is_false_alarm(photo: Photo) -> bool:
    return bool(photo["false_length_px"] > 0 or (photo["truth_px"] == 0 < photo["predicted_px"]))


def _order_of_alarms(photo: Photo) -> tuple[bool, float, float, str]:
    """Photos without crack first: what is marked there cannot be a matter of where a crack ends."""
    has_crack = photo["truth_px"] > 0
    return has_crack, -photo["false_length_px"], -photo["wrong_px"], photo["image_id"]


def _describe_mask(photo: Photo) -> str:
    if photo["truth_px"] == 0:
        share = photo["predicted_px"] / (photo["predicted_px"] + photo["true_negative"])
        marked = f"{format_number(share, PERCENT)} of the photo marked" if share else "none marked"
        return f"No crack; {marked}"
    found = photo["line_truth_near"] / photo["line_truth"] if photo["line_truth"] else 0.0
    texts = [f"{format_number(round(found, 2), PERCENT)} of the crack length found"]
    if photo["line_predicted"]:
        false = 1 - photo["line_predicted_near"] / photo["line_predicted"]
        texts.append(f"{format_number(round(false, 2), PERCENT)} of what is marked is false")
    return "; ".join(texts)


def _draw_pair(
    image: RgbImage, truth: BinaryMask, predicted: BinaryMask, *, kind: str, tolerance_px: int
) -> tuple[RgbImage, bool]:
    """Photo beside its outlines; of a large photo the square where most of the kind is seen."""
    is_detail = max(image.shape[:2]) > _WHOLE_PX
    if is_detail:
        _, false, missed = compare_masks(truth, predicted, tolerance_px=tolerance_px)
        focus = {"missed": missed, "false_alarm": false}.get(kind, truth > 0)
        part = _find_detail(focus)
        image, truth, predicted = image[part], truth[part], predicted[part]
    small = shrink_to_panel(image, longest_px=_PANEL_PX)
    # A tolerance below a pixel of the shrunk photo would call rounding an error.
    scale = max(small.shape[:2]) / max(image.shape[:2])
    masks = shrink_mask(truth, small), shrink_mask(predicted, small)
    drawn = outline_errors(small, *masks, tolerance_px=max(1, round(tolerance_px * scale)))
    return put_side_by_side(small, drawn), is_detail


def _find_detail(focus: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The window of a panel's size that holds most of a mask."""
    height, width = (min(_PANEL_PX, side) for side in focus.shape)
    sums = cv2.boxFilter(
        focus.astype(np.float32),
        cv2.CV_32F,
        (width, height),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    y, x = np.unravel_index(int(np.argmax(sums)), sums.shape)
    top = int(np.clip(y - height // 2, 0, focus.shape[0] - height))
    left = int(np.clip(x - width // 2, 0, focus.shape[1] - width))
    return slice(top, top + height), slice(left, left + width)
