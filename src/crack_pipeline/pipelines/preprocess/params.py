"""Typed parameters of the ``preprocess`` stage."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.tiles.settings import ResizeSettings, TileSettings
from crack_pipeline.types import Task


class PreprocessingParams(BaseModel):
    """How photos become a model's input.

    Attributes:
        store_path: Folder of the tile stores of this data set and task.
        sheet_seed: Seed of the tiles that the contact sheet shows.
        segmentation: Tiling, for ``task: segmentation``.
        classification: Resizing, for ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    store_path: Path
    sheet_seed: int = Field(0, ge=0)
    segmentation: TileSettings = TileSettings()
    classification: ResizeSettings = ResizeSettings()

    def for_task(self, task: Task) -> TileSettings | ResizeSettings:
        """Settings of one task."""
        return self.segmentation if task == "segmentation" else self.classification
