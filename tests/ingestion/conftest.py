"""A small data set on disk, and the way from its folder to the manifest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.dividing import divide_grouped
from crack_pipeline.ingestion.grouping import group_checked
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.ingestion.manifest_rows import build_manifest
from crack_pipeline.ingestion.settings import ParallelSettings
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


@pytest.fixture
def ingest(tmp_path: Path) -> Callable[..., tuple[pd.DataFrame, pd.DataFrame]]:
    """Ingests a folder; gives the manifest and the grouped rows that it was made from."""

    def run(
        folder: Path, source: str = "class_folders", photo_id_pattern: str | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        listing = describe_listing(list_photos(source, folder, photo_id_pattern=photo_id_pattern))
        checked, thumbnails = check_listing(
            listing, tmp_path / "checks", max_megapixels=500, parallel=ParallelSettings()
        )
        grouped = group_checked(checked, thumbnails, DuplicateSettings())
        return build_manifest(divide_grouped(grouped, SplitSettings()), source), grouped

    return run
