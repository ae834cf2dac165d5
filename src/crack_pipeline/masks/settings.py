"""How masks are mended before they are used."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.types import BinaryMask


class RepairSettings(BaseModel):
    """Rules by which a mask is mended, reported as doubtful, or set aside.

    Attributes:
        halo_threshold: Level of 0–255 from which a pixel of a soft mask is crack.
        max_stray_share: Share of the masked pixels that may hold stray class values, such as the
            1 in {0, 1, 255}, or stray colours; with more of them nobody can say which class is
            crack.
        polarity: What happens to a mask in which crack and background are swapped: ``mend`` turns
            it round, ``report`` only says so, ``ignore`` does not look.
        min_inverted_share: A mask is looked at for its polarity where it covers more of the photo.
        min_contrast: How much darker the cracks of a mask must be than the ground beside them, in
            standard deviations, before the photo decides about polarity or orientation.
        resize: What happens to a mask that is an exact enlargement or reduction of its photo's
            size: ``mend`` or ``set_aside``.
        max_resize_factor: Largest such factor, in either direction.
        transpose: What happens to a mask whose width and height are those of its photo swapped, or
            that was made before the photo's EXIF orientation was applied: ``mend`` turns it where
            sizes or the photo tell clearly how, or ``set_aside``.
        max_speck_px: Pixels of the largest speck that a photo labelled free of crack may hold in
            its mask and still count as free; and of the largest that is noise in a dark JPEG.
        max_speck_share: Share of the photo that all such specks may cover.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    halo_threshold: int = Field(128, ge=1, le=255)
    max_stray_share: float = Field(0.05, ge=0.0, lt=0.5)
    polarity: Literal["mend", "report", "ignore"] = "mend"
    min_inverted_share: float = Field(0.5, ge=0.5, lt=1.0)
    min_contrast: float = Field(0.5, gt=0.0)
    resize: Literal["mend", "set_aside"] = "mend"
    max_resize_factor: float = Field(4.0, ge=1.0)
    transpose: Literal["mend", "set_aside"] = "mend"
    max_speck_px: int = Field(16, ge=0)
    max_speck_share: float = Field(0.0005, ge=0.0, lt=0.5)


DEFAULTS = RepairSettings()


@dataclass(frozen=True, slots=True)
class DecodedMask:
    """A mask and what was changed to get it.

    Attributes:
        mask: (H, W) uint8 of {0, 1}.
        mended: Names of the changes: "mask_1_bit", "mask_thresholded", ….
        note: The figures behind them, such as how many pixels lay between background and crack;
            empty where there are none.
    """

    mask: BinaryMask
    mended: tuple[str, ...]
    note: str = ""
