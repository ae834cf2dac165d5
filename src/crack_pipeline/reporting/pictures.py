"""Pictures inside the page: made small enough, written as data URIs."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, UnidentifiedImageError

EXAMPLE = "example_"
"""Names of pictures of single photos begin so."""
SHOWN = frozenset(
    {
        *("detection", "strata", "reliability", "risk_coverage", "learning_curve"),
        *("precision_recall_curve", "roc_curve", "threshold_curve", "confusion_matrix"),
        *("prediction_sheet", "explanation_sheet", "first_layer_filters", "activation_maps"),
    }
)
"""Figures that the page shows."""
MAX_WIDTH_PX = 1600
_MAX_BYTES = 750_000
_MAX_PNG_BYTES = 250_000
_QUALITIES = (88, 80, 70, 60)
_MAX_TALL_BYTES = 1_500_000
_MAX_EXAMPLE_BYTES = 100_000
_TALL = 1.25
_WIDE_SHEET_PX = 1300
_PAPER = 250
_LEAST_STRIP, _MOST_STRIP = 0.3, 0.67
"""Height of a strip in widths: what fits on a page of A4 across, with its caption."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the page holds itself.

    Attributes:
        name: Its anchor.
        uri: ``data:image/…;base64,…``.
        width_px: Its width.
        height_px: Its height.
        below: The rest of a tall sheet, cut between its rows so that it prints on several pages.
    """

    name: str
    uri: str
    width_px: int
    height_px: int
    below: tuple["Picture", ...] = ()

    @property
    def is_wide(self) -> bool:
        """Needs the whole width of a page."""
        is_flat = self.width_px > 2 * self.height_px
        return bool(self.below) or self.width_px >= _WIDE_SHEET_PX or is_flat


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """The pictures that were found, by name, and why others could not be read."""

    found: Mapping[str, Picture]
    left_out: Mapping[str, str]


def collect_pictures(pictures: Mapping[str, bytes]) -> PictureShelf:
    """Make the pictures of a run part of a page.

    Args:
        pictures: Name → image file; those that the page never shows are ignored.

    Returns:
        The pictures; one that cannot be read is left out with the reason.
    """
    found: dict[str, Picture] = {}
    left_out: dict[str, str] = {}
    for name, content in pictures.items():
        is_example = name.startswith(EXAMPLE)
        if not is_example and name not in SHOWN:
            continue
        try:
            found[name] = embed_picture(content, name, is_example=is_example)
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
            left_out[name] = f"{name}.png cannot be read as a picture, left out."
    return PictureShelf(found, left_out)


def embed_picture(content: bytes, name: str = "picture", *, is_example: bool = False) -> Picture:
    """Make a picture part of a page.

    Drawings stay PNG. What is larger than a drawing, as sheets of photos are, becomes JPEG, of less
    quality and then smaller until it has at most 750 kB, or 1.5 MB where it is taller than wide by
    a quarter. Such a sheet is cut between its rows. Examples have at most 100 kB and no margin.

    Args:
        content: An image file.
        name: Its anchor.
        is_example: Whether it is a single photo rather than a figure.

    Returns:
        The picture, at most 1600 px wide.

    Raises:
        OSError: If the content cannot be decoded.
    """
    with Image.open(io.BytesIO(content)) as opened:
        is_png = opened.format == "PNG"
        image = _on_white(opened)
    if is_example:
        image, is_png = image.crop(ImageChops.invert(image).getbbox()), False
    if is_png and image.width <= MAX_WIDTH_PX and len(content) <= _MAX_PNG_BYTES:
        return _as_picture(content, "png", image, name)
    image = _shrink(image, MAX_WIDTH_PX)
    png = _encode(image, "PNG", optimize=True)
    if len(png) <= _MAX_PNG_BYTES:
        return _as_picture(png, "png", image, name)
    is_tall = image.height > _TALL * image.width
    most_bytes = _MAX_EXAMPLE_BYTES if is_example else _MAX_TALL_BYTES if is_tall else _MAX_BYTES
    quality, image = _compress(image, most_bytes)
    strips = [
        _as_picture(_encode_jpeg(strip, quality), "jpeg", strip, name)
        for strip in (cut_between_rows(image) if is_tall else [image])
    ]
    first, *others = strips
    return replace(first, below=tuple(others))


def cut_between_rows(sheet: Image.Image) -> list[Image.Image]:
    """Cut a sheet of rows of photos where the most white is between them.

    Args:
        sheet: Rows on white paper.

    Returns:
        Strips from top to bottom, as high as a page of A4 across allows; a row that is higher stays
        whole only if it has no white within. They put together are the sheet.
    """
    darkest = np.asarray(sheet.convert("L")).min(axis=1)
    is_white: NDArray[np.bool_] = np.asarray(darkest >= _PAPER, np.bool_)
    cuts = [0]
    while sheet.height - cuts[-1] > _MOST_STRIP * sheet.width:
        first = cuts[-1] + round(_LEAST_STRIP * sheet.width)
        last = cuts[-1] + round(_MOST_STRIP * sheet.width)
        cuts.append(_find_cut(is_white, first, min(last, sheet.height)))
    return [
        sheet.crop((0, top, sheet.width, bottom)) for top, bottom in pairwise([*cuts, sheet.height])
    ]


def _find_cut(is_white: NDArray[np.bool_], first: int, last: int) -> int:
    """Middle of the last of the widest white bands that begin in a range; its end without any."""
    edges = np.diff(np.concatenate([[0], is_white.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    inside = (starts > first) & (starts < last)
    if not inside.any():
        return last
    starts, ends = starts[inside], ends[inside]
    heights = ends - starts
    # Rows may lie a pixel apart from each other by rounding.
    place = np.flatnonzero(heights >= heights.max() - 2)[-1]
    return int(starts[place] + ends[place]) // 2


def _on_white(image: Image.Image) -> Image.Image:
    layered = image.convert("RGBA")
    paper = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(paper, layered).convert("RGB")


def _shrink(image: Image.Image, width_px: int) -> Image.Image:
    if image.width <= width_px:
        return image
    height_px = max(1, round(image.height * width_px / image.width))
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _compress(image: Image.Image, most_bytes: int) -> tuple[int, Image.Image]:
    """The quality at which it is small enough, and the image, smaller where no quality will do."""
    while True:
        for quality in _QUALITIES:
            if len(_encode_jpeg(image, quality)) <= most_bytes:
                return quality, image
        image = _shrink(image, image.width * 4 // 5)


def _encode_jpeg(image: Image.Image, quality: int) -> bytes:
    return _encode(image, "JPEG", quality=quality, optimize=True, progressive=True)


def _encode(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _as_picture(content: bytes, kind: str, image: Image.Image, name: str) -> Picture:
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(name, uri, image.width, image.height)
