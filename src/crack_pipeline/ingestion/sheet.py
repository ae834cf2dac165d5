"""A sheet of sample photos of each split, masks outlined."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.figures.outlines import outline_mask
from crack_pipeline.figures.palette import TRUTH
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet, shrink_mask, shrink_to_panel
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.types import SPLITS, RgbImage, Split
from crack_pipeline.wording.phrases import count_of

_LABEL_NAMES = {1: "crack", 0: "no crack"}
_LONGEST_PX = 480
_DPI = 110


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A figure that is drawn already; saves like a figure of Matplotlib.

    Attributes:
        png: The file's content.
    """

    png: bytes

    def savefig(self, file: BinaryIO, **_options: Any) -> None:
        """Write the picture; how it looks was decided when it was drawn."""
        file.write(self.png)


def draw_to_png(figure: Figure) -> bytes:
    """Draw a figure as it is looked at on a screen.

    Args:
        figure: Of Matplotlib.

    Returns:
        Content of a PNG file.
    """
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight")
    return buffer.getvalue()


def draw_manifest_sheet(manifest: pd.DataFrame, *, title: str, n_photos: int, seed: int) -> Figure:
    """Show some photos of each split.

    Args:
        manifest: A validated manifest.
        title: Heading of the sheet.
        n_photos: Photos of each split.
        seed: Seed of the choice.

    Returns:
        The figure, one row a split.

    Raises:
        ImageReadError: If a photo has become unreadable since it was checked.
        MaskError: If a mask has.
    """
    rows = [_row_of(manifest, split, n_photos, seed) for split in SPLITS]
    legend = [("mask", TRUTH)] if manifest["mask_path"].notna().any() else []
    return draw_sheet(rows, title=title, legend=legend, panel_width_in=2.4)


def _row_of(manifest: pd.DataFrame, split: Split, n_photos: int, seed: int) -> PanelRow:
    photos = usable_rows(manifest, split)
    chosen = photos.sample(min(n_photos, len(photos)), random_state=seed).sort_index()
    panels = [Panel(_picture_of(photo), _caption_of(photo)) for _, photo in chosen.iterrows()]
    return PanelRow(f"{split}: {count_of(len(photos), 'photo')}", panels)


def _picture_of(photo: pd.Series) -> RgbImage:
    picture = shrink_to_panel(read_image(Path(photo["image_path"])), longest_px=_LONGEST_PX)
    if pd.isna(photo["mask_path"]):
        return picture
    return outline_mask(picture, shrink_mask(read_mask(Path(photo["mask_path"])), picture))


def _caption_of(photo: pd.Series) -> str:
    label = "unknown" if pd.isna(photo["label"]) else _LABEL_NAMES[int(photo["label"])]
    return f"{photo['image_id']}, {label}"
