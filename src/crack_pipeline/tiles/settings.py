"""How photos become a model's input, in training and in prediction alike."""

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from crack_pipeline.images.resizing import Equalization


class TileSettings(BaseModel, extra="forbid", frozen=True):
    """Tiling for segmentation: square tiles at full resolution, overlapping.

    Attributes:
        tile_px: Side of a tile; a multiple of 32, so that every encoder divides it.
        overlap_px: Least overlap of neighbouring tiles.
        equalization: Histogram equalisation of the photo's lightness before it is cut.
        small_photos: What happens to photos smaller than a tile: refuse them, or pad by reflection.
    """

    tile_px: int = Field(256, ge=32, le=2048, multiple_of=32)
    overlap_px: int = Field(64, ge=0)
    equalization: Equalization = "none"
    small_photos: Literal["refuse", "pad"] = "refuse"

    @model_validator(mode="after")
    def _overlap_below_tile(self) -> "TileSettings":
        if self.overlap_px >= self.tile_px:
            raise ValueError(
                f"overlap_px must be below tile_px={self.tile_px}, received {self.overlap_px}"
            )
        return self


class ResizeSettings(BaseModel, extra="forbid", frozen=True):
    """Resizing for classification: the whole photo becomes one square input.

    Attributes:
        tile_px: Side of the input; a multiple of 32.
        equalization: Histogram equalisation of the photo's lightness before it is resized.
    """

    tile_px: int = Field(128, ge=32, le=1024, multiple_of=32)
    equalization: Equalization = "none"
