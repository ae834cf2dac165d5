"""Typed parameters of the ``ingest`` stage."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.images.reading import LARGEST_MEGAPIXELS, MAX_MEGAPIXELS
from crack_pipeline.ingestion.contradictions import Contradicting
from crack_pipeline.ingestion.fan_out import ParallelSettings
from crack_pipeline.ingestion.grouping import LeakingTrain
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.sources.starter import StarterSettings
from crack_pipeline.sources.synthetic import SampleSettings
from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings, SplitSettings
from crack_pipeline.types import UserPath


class IngestionParams(BaseModel):
    """Where photos come from, which are refused, and how they are divided.

    Attributes:
        source: Name of the data source.
        path: Folder or archive of data already on disk, relative to the working directory; None
            for ``raw_path``, where a source that can be downloaded is fetched if nothing is there.
        raw_path: Where the data set lies in the project, relative to the project.
        checks_path: Where findings are kept between runs, relative to the project.
        primary_path: Where repaired masks go, relative to the project.
        review_path: CSV of what the user decided about single photos, relative to the project;
            nothing is decided where there is no such file.
        labels: CSV of labels for the ``folder`` source, relative to the working directory; None for
            ``labels.csv`` among the photos, if it is there.
        photo_id_pattern: Regular expression for a file's stem; its first group names the photo that
            a patch was cut from. None for the source's own, "" where stems say nothing.
        unpaired: What happens to images without mask, masks without image and stems that occur
            twice: refuse the whole, or set them aside and go on.
        ignore: Ids of files to leave out.
        leaking_train: What happens to train photos that share a group with an official test or
            validation photo, and to official validation photos that share one with an official
            test photo: drop sets them aside, keep leaves them where they are.
        contradicting: What happens to photos that show the same and bear different labels:
            set_aside leaves all of them out, keep uses them and warns.
        max_megapixels: Larger photos are set aside before they are decoded.
        sheet_photos: Photos of each split on the sheet.
        download: Where a source is fetched from, and what an archive may hold.
        repair: How masks are mended.
        sample: What the ``synthetic`` source draws.
        starter: What the ``starter`` source draws.
        splitting: Shares of train, validation and test.
        duplicates: When photos count as near-duplicates.
        overlaps: Whether overlapping crops are searched, and when photos count as such.
        parallel: Worker processes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = "synthetic"
    path: UserPath | None = None
    raw_path: UserPath
    checks_path: UserPath
    primary_path: UserPath
    review_path: UserPath | None = None
    labels: UserPath | None = None
    photo_id_pattern: str | None = None
    unpaired: Literal["refuse", "set_aside"] = "refuse"
    ignore: tuple[str, ...] = ()
    leaking_train: LeakingTrain = "drop"
    contradicting: Contradicting = "set_aside"
    max_megapixels: float = Field(MAX_MEGAPIXELS, gt=0.0, le=LARGEST_MEGAPIXELS)
    sheet_photos: int = Field(6, ge=1, le=24)
    download: DownloadSettings = DownloadSettings()
    repair: RepairSettings = RepairSettings()
    sample: SampleSettings = SampleSettings()
    starter: StarterSettings = StarterSettings()
    splitting: SplitSettings = SplitSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    overlaps: OverlapSettings = OverlapSettings()
    parallel: ParallelSettings = ParallelSettings()

    @field_validator("photo_id_pattern")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        if not pattern:
            return pattern
        try:
            n_groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"photo_id_pattern must be a regular expression: {error}") from error
        if n_groups != 1:
            raise ValueError(f"photo_id_pattern must have one group, received {n_groups}")
        return pattern
