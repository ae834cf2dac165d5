"""A small data set on disk, and the way from its folder to the manifest."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crack_pipeline.ingestion.checked_table import CheckPlan, check_listing
from crack_pipeline.ingestion.checking import CheckSettings
from crack_pipeline.ingestion.corrections import Corrections, relabel
from crack_pipeline.ingestion.grouping import (
    OverlapSearch,
    divide_grouped,
    group_checked,
    read_problem,
)
from crack_pipeline.ingestion.listing import build_manifest, describe_listing
from crack_pipeline.ingestion.report import Report, report_manifest
from crack_pipeline.sources import list_photos
from crack_pipeline.splits.settings import DuplicateSettings, SplitSettings


@pytest.fixture
def class_folders(tmp_path: Path, draw_surface: Callable[..., np.ndarray]) -> Path:
    """10 photos of each class: lossless, each one unlike every other."""
    for label, name in enumerate(("Negative", "Positive")):
        (tmp_path / "raw" / name).mkdir(parents=True)
        for number in range(10):
            photo = Image.fromarray(draw_surface(100 * label + number))
            photo.save(tmp_path / "raw" / name / f"{number}.png")
    return tmp_path / "raw"


@dataclass(frozen=True)
class Ingested:
    """What came out of a folder."""

    manifest: pd.DataFrame
    divided: pd.DataFrame
    links: pd.DataFrame
    report: Report


@pytest.fixture
def plan(tmp_path: Path) -> CheckPlan:
    """Checks in one process, kept beside the data."""
    return CheckPlan(tmp_path / "checks", tmp_path / "primary" / "masks", CheckSettings(500))


@pytest.fixture
def ingest(plan: CheckPlan) -> Callable[..., Ingested]:
    """Ingests a folder; a problem is raised after the report is made, as the pipeline does it."""

    def run(
        folder: Path,
        source: str = "class_folders",
        photo_id_pattern: str | None = None,
        splitting: SplitSettings | None = None,
        leaking_train: Any = "drop",
        overlaps: OverlapSearch | None = None,
        contradicting: Any = "set_aside",
        decided: Corrections | None = None,
    ) -> Ingested:
        decided = decided or Corrections()
        listing = describe_listing(list_photos(source, folder, photo_id_pattern=photo_id_pattern))
        listing = relabel(listing, decided.labels)
        checked, thumbnails = check_listing(listing, plan)
        grouping = group_checked(checked, thumbnails, DuplicateSettings(), overlaps)
        divided = divide_grouped(
            grouping.photos,
            grouping.links,
            splitting or SplitSettings(),
            leaking_train=leaking_train,
            contradicting=contradicting,
            left_out=decided.leave_out,
        )
        manifest = build_manifest(divided, source)
        head = {"dataset": "raw", "source": source, "folder": str(folder)}
        report = report_manifest(
            manifest, divided, grouping.links, head=head, leaking_train=leaking_train
        )
        problem = read_problem(divided)
        if problem is not None:
            raise problem
        return Ingested(manifest, divided, grouping.links, report)

    return run
