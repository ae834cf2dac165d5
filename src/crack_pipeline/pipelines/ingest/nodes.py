"""Nodes of the ``ingest`` stage."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.dividing import divide_grouped
from crack_pipeline.ingestion.grouping import group_checked
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.ingestion.manifest_rows import build_manifest
from crack_pipeline.ingestion.report import Report, report_manifest
from crack_pipeline.ingestion.report_table import describe_set_aside, format_report
from crack_pipeline.ingestion.sheet import draw_manifest_sheet
from crack_pipeline.ingestion.unpaired import leave_out, require_paired
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.sources import fetch_photos, list_photos

logger = logging.getLogger(__name__)


def fetch_source(ingestion: IngestionParams) -> str:
    """Make sure that the source's photos are there; the sample is drawn now.

    Args:
        ingestion: The source, and where it lies.

    Returns:
        The folder of the photos, absolute.

    Raises:
        ParameterError: If a folder is named for a source that draws its own photos.
    """
    if ingestion.source == "synthetic" and ingestion.path is not None:
        raise ParameterError(
            "`ingestion.path` names photos already on disk; the source synthetic draws its own.",
            received=f"ingestion.path={ingestion.path} with ingestion.source=synthetic",
            remedy="Name the environment of your data set as well, --env=…, or set "
            "ingestion.source to the layout of that folder: class_folders or paired_folders.",
        )
    folder = in_project(ingestion.raw_path) if ingestion.path is None else ingestion.path
    fetched = fetch_photos(
        ingestion.source, folder, sample=ingestion.sample, n_jobs=ingestion.parallel.n_jobs
    )
    return str(fetched)


def list_images(photo_folder: str, ingestion: IngestionParams) -> pd.DataFrame:
    """List what the source's folder holds, before anything is opened.

    Args:
        photo_folder: The folder of the photos.
        ingestion: The source, and how stems name photos.

    Returns:
        One row a file.

    Raises:
        LayoutError: If a file has no partner and such files are not to be set aside.
    """
    photos = list_photos(
        ingestion.source, Path(photo_folder), photo_id_pattern=ingestion.photo_id_pattern
    )
    kept = leave_out(photos, ingestion.ignore)
    if ingestion.unpaired == "refuse":
        require_paired(kept)
    return describe_listing(kept)


def check_images(
    listed_images: pd.DataFrame, ingestion: IngestionParams
) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
    """Open each new or changed file once and judge it.

    Args:
        listed_images: One row a file.
        ingestion: Largest photo, workers, and where findings are kept.

    Returns:
        The rows with sizes, digests, hashes and reasons; and (N, 64, 64) uint8 thumbnails.
    """
    return check_listing(
        listed_images,
        in_project(ingestion.checks_path),
        max_megapixels=ingestion.max_megapixels,
        parallel=ingestion.parallel,
    )


def group_images(
    checked_images: pd.DataFrame, thumbnails: NDArray[np.uint8], ingestion: IngestionParams
) -> pd.DataFrame:
    """Group duplicates and the patches of one photo.

    Args:
        checked_images: One row a file.
        thumbnails: (N, 64, 64) uint8.
        ingestion: What counts as a near-duplicate.

    Returns:
        The rows with their groups.
    """
    return group_checked(checked_images, thumbnails, ingestion.duplicates)


def split_images(grouped_images: pd.DataFrame, ingestion: IngestionParams) -> pd.DataFrame:
    """Divide the groups into train, validation and test, and write the manifest.

    Args:
        grouped_images: One row a file.
        ingestion: Shares and seed.

    Returns:
        The manifest.
    """
    divided = divide_grouped(grouped_images, ingestion.splitting)
    return build_manifest(divided, ingestion.source)


def report_ingestion(
    manifest: pd.DataFrame,
    grouped_images: pd.DataFrame,
    photo_folder: str,
    ingestion: IngestionParams,
) -> Report:
    """Count what was found, mended and set aside, and show it in the log.

    Args:
        manifest: The manifest.
        grouped_images: One row a file, with its near-duplicates.
        photo_folder: The folder of the photos.
        ingestion: The source.

    Returns:
        The report.
    """
    report = report_manifest(
        manifest,
        source=ingestion.source,
        folder=photo_folder,
        has_near_duplicate=grouped_images["has_near_duplicate"],
    )
    logger.info("%s", format_report(report))
    if report["set_aside"]:
        logger.warning("%s", describe_set_aside(report))
    return report


def show_manifest(manifest: pd.DataFrame, ingestion: IngestionParams) -> Figure:
    """Draw sample photos of each split, masks outlined.

    Args:
        manifest: The manifest.
        ingestion: How many, and the seed of the choice.

    Returns:
        The figure.
    """
    return draw_manifest_sheet(
        manifest,
        title=f"Photos of source {ingestion.source}",
        n_photos=ingestion.sheet_photos,
        seed=ingestion.splitting.seed,
    )
