"""Sheets of doubtful photos: bare photo, the same with outlines, score and reason."""

import textwrap
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.figures.outlines import outline_errors, outline_mask
from crack_pipeline.figures.palette import FALSE_CRACK, FOUND, MISSED, TRUTH, Colour
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

_PHOTOS_A_ROW = 2
_PHOTOS_A_PAGE = 12
_PANEL_WIDTH_IN = 8.8
_LONGEST_PX = 620
_CHARACTERS_A_LINE = 62
_HALF = 128
_TOLERANCE_PX = 1


def draw_review_sheets(photos: pd.DataFrame, *, title: str) -> dict[str, Figure]:
    """Show doubtful photos, twelve a page, the worst first.

    Where something is outlined, the bare photo stands to the left: outlines hide thin cracks.

    Args:
        photos: ``image_id``, ``rank``, ``score``, ``reason``, ``image_path``, ``mask_path`` and
            ``map_path`` (the latter two may be missing), in the order of the ranking.
        title: First line of each page.

    Returns:
        ``page_01`` → figure, …; one page that says so where there is nothing to show.

    Raises:
        ImageReadError: If a photo has become unreadable.
        MaskError: If a mask has.
    """
    if photos.empty:
        return {"page_01": draw_sheet([PanelRow("Doubtful photos", [])], title=title)}
    starts = range(0, len(photos), _PHOTOS_A_PAGE)
    pages = [photos.iloc[start : start + _PHOTOS_A_PAGE] for start in starts]
    return {
        f"page_{number:02d}": _draw_page(page, f"{title}, page {number} of {len(pages)}")
        for number, page in enumerate(pages, start=1)
    }


def _draw_page(photos: pd.DataFrame, title: str) -> Figure:
    panels = [Panel(_picture_of(photo), _caption_of(photo)) for _, photo in photos.iterrows()]
    rows = []
    for start in range(0, len(panels), _PHOTOS_A_ROW):
        part = photos.iloc[start : start + _PHOTOS_A_ROW]
        heading = f"Rank {part['rank'].iloc[0]} to {part['rank'].iloc[-1]}"
        rows.append(PanelRow(heading, panels[start : start + _PHOTOS_A_ROW]))
    return draw_sheet(rows, title=title, legend=_legend(photos), panel_width_in=_PANEL_WIDTH_IN)


def _legend(photos: pd.DataFrame) -> list[tuple[str, Colour]]:
    if photos["map_path"].notna().any():
        return [("both", FOUND), ("mask alone", MISSED), ("prediction alone", FALSE_CRACK)]
    return [("mask", TRUTH)] if photos["mask_path"].notna().any() else []


def _picture_of(photo: pd.Series) -> RgbImage:
    picture = shrink_to_panel(read_image(Path(photo["image_path"])), longest_px=_LONGEST_PX)
    if pd.isna(photo["mask_path"]):
        return picture
    mask = shrink_mask(read_mask(Path(photo["mask_path"])), picture)
    return put_side_by_side(picture, _outline(picture, mask, photo["map_path"]))


def _outline(picture: RgbImage, mask: BinaryMask, map_path: str | None) -> RgbImage:
    levels = None if pd.isna(map_path) else cv2.imread(str(map_path), cv2.IMREAD_GRAYSCALE)
    if levels is None:
        return outline_mask(picture, mask)
    predicted = shrink_mask((levels >= _HALF).astype(np.uint8), picture)
    return outline_errors(picture, mask, predicted, tolerance_px=_TOLERANCE_PX)


def _caption_of(photo: pd.Series) -> str:
    reason = textwrap.fill(str(photo["reason"]), _CHARACTERS_A_LINE)
    return f"{photo['rank']}. {photo['image_id']}   score {photo['score']:.2f}\n{reason}"
