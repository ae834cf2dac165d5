"""Typed parameters of the ``ingest`` stage."""

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.images.reading import LARGEST_MEGAPIXELS, MAX_MEGAPIXELS
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.sources.synthetic import SampleSettings
from crack_pipeline.splits.settings import DuplicateSettings, SplitSettings


class IngestionParams(BaseModel):
    """Where photos come from, which are refused, and how they are divided.

    Attributes:
        source: Name of the data source.
        path: Folder of data already on disk, relative to the working directory; None for
            ``raw_path``.
        raw_path: Where the data set lies in the project, relative to the project.
        checks_path: Where findings are kept between runs, relative to the project.
        photo_id_pattern: Regular expression for a file's stem; its first group names the photo that
            a patch was cut from. None where stems say nothing.
        unpaired: What happens to images without mask, masks without image and stems that occur
            twice: refuse the whole, or set them aside and go on.
        ignore: Ids of files to leave out.
        max_megapixels: Larger photos are set aside before they are decoded.
        sheet_photos: Photos of each split on the sheet.
        sample: What the ``synthetic`` source draws.
        splitting: Shares of train, validation and test.
        duplicates: When photos count as near-duplicates.
        parallel: Worker processes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = "synthetic"
    path: Path | None = None
    raw_path: Path
    checks_path: Path
    photo_id_pattern: str | None = None
    unpaired: Literal["refuse", "set_aside"] = "refuse"
    ignore: tuple[str, ...] = ()
    max_megapixels: float = Field(MAX_MEGAPIXELS, gt=0.0, le=LARGEST_MEGAPIXELS)
    sheet_photos: int = Field(6, ge=1, le=24)
    sample: SampleSettings = SampleSettings()
    splitting: SplitSettings = SplitSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    parallel: ParallelSettings = ParallelSettings()

    @field_validator("photo_id_pattern")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            n_groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"photo_id_pattern must be a regular expression: {error}") from error
        if n_groups != 1:
            raise ValueError(f"photo_id_pattern must have one group, received {n_groups}")
        return pattern
