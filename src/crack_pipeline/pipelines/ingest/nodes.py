"""Nodes of the ``ingest`` stage.

Between them go handles of results on disk: nothing large is copied, and a node that finds its
result, made from the same files, parameters and code, makes nothing again.
"""

import logging
from pathlib import Path

import pandas as pd

from crack_pipeline.code_digest import digest_code
from crack_pipeline.errors import ParameterError
from crack_pipeline.ingestion.check_store import (
    THUMBNAILS,
    identify_thumbnails,
    open_thumbnails,
)
from crack_pipeline.ingestion.checked_table import CheckPlan, check_listing
from crack_pipeline.ingestion.corrections import (
    Corrections,
    relabel,
    require_listed,
)
from crack_pipeline.ingestion.dividing import divide_grouped
from crack_pipeline.ingestion.fingerprint import (
    INGESTION_CODE,
    combine_key,
    fingerprint_folder,
)
from crack_pipeline.ingestion.grouping import group_checked
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.ingestion.problems import note_problem
from crack_pipeline.ingestion.results import KeptFile
from crack_pipeline.ingestion.unpaired import leave_out, require_paired
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.ingest.planning import (
    fingerprint_labels,
    open_results,
    plan_checks,
    plan_overlap_search,
    read_review,
)
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
            "ingestion.source to what that folder holds, such as ingestion.source=folder.",
        )
    fetched = fetch_photos(
        ingestion.source,
        ingestion.path,
        in_project(ingestion.raw_path),
        sample=ingestion.sample,
        download=ingestion.download,
        n_jobs=ingestion.parallel.n_jobs,
    )
    return str(fetched)


def list_images(photo_folder: str, ingestion: IngestionParams) -> KeptFile:
    """List what the source's folder holds, before anything is opened.

    Args:
        photo_folder: The folder of the photos.
        ingestion: The source, how stems name photos, and labels that the user has corrected.

    Returns:
        One row a file, kept.

    Raises:
        LayoutError: If a file has no partner and such files are not to be set aside.
        ParameterError: If the review list is damaged, or speaks of photos that are not there.
        SourceError: If the CSV of labels cannot be read.
    """
    corrections = read_review(ingestion)
    key = combine_key(
        digest_code(*INGESTION_CODE),
        fingerprint_folder(Path(photo_folder)),
        fingerprint_labels(ingestion, Path(photo_folder)),
        ingestion.model_dump(include={"source", "photo_id_pattern", "unpaired", "ignore"}),
        corrections.labels,
    )
    store = open_results(ingestion)
    kept = store.recall("listing.parquet", key)
    if kept is None:
        kept = store.keep_table("listing.parquet", key, _list(photo_folder, ingestion, corrections))
    elif corrections.leave_out:
        require_listed(corrections, kept.read_table(columns=["image_id"])["image_id"])
    return kept


def _list(photo_folder: str, ingestion: IngestionParams, corrections: Corrections) -> pd.DataFrame:
    photos = list_photos(
        ingestion.source,
        Path(photo_folder),
        photo_id_pattern=ingestion.photo_id_pattern,
        labels_csv=ingestion.labels,
    )
    photos = leave_out(photos, ingestion.ignore)
    if ingestion.unpaired == "refuse":
        require_paired(photos)
    listing = describe_listing(photos)
    require_listed(corrections, listing["image_id"])
    return relabel(listing, corrections.labels)


def check_images(listed_images: KeptFile, ingestion: IngestionParams) -> tuple[KeptFile, KeptFile]:
    """Open each new or changed file once and judge it.

    Args:
        listed_images: One row a file.
        ingestion: Largest photo, repairs, workers, and where findings are kept.

    Returns:
        The rows with sizes, digests, hashes and reasons, and (N, 64, 64) uint8 thumbnails, kept.
    """
    plan = plan_checks(ingestion)
    store = open_results(ingestion)
    kept = store.recall("checked.parquet", _key_of_checks(listed_images, plan))
    if kept is None:
        checked, _ = check_listing(listed_images.read_table(), plan)
        kept = store.keep_table("checked.parquet", _key_of_checks(listed_images, plan), checked)
    else:
        logger.info("Nothing new among the photos: what was found out about them is used again")
    return kept, KeptFile(str(plan.store / THUMBNAILS), kept.key)


def _key_of_checks(listed_images: KeptFile, plan: CheckPlan) -> str:
    # Repaired masks and thumbnails belong to the result: where one was removed or changed, or a
    # run that was killed left the thumbnails of another listing, it is made again.
    on_disk = (fingerprint_folder(plan.masks), identify_thumbnails(plan.store))
    return combine_key(listed_images.key, plan.key(), *on_disk)


def group_images(
    checked_images: KeptFile, thumbnails: KeptFile, ingestion: IngestionParams
) -> tuple[KeptFile, KeptFile]:
    """Group duplicates and the patches of one photo.

    Args:
        checked_images: One row a file.
        thumbnails: (N, 64, 64) uint8.
        ingestion: What counts as a near-duplicate, and as an overlap.

    Returns:
        The rows with their groups, and what links the photos of a group, kept.
    """
    overlaps = plan_overlap_search(ingestion)
    key = combine_key(
        checked_images.key, ingestion.duplicates, None if overlaps is None else overlaps.settings
    )
    store = open_results(ingestion)
    photos, links = (store.recall(f"{name}.parquet", key) for name in ("grouped", "links"))
    if photos is not None and links is not None:
        return photos, links
    grouping = group_checked(
        checked_images.read_table(),
        open_thumbnails(Path(thumbnails.path)),
        ingestion.duplicates,
        overlaps,
    )
    grouping.links.attrs["searches"] = grouping.searches
    return (
        store.keep_table("grouped.parquet", key, grouping.photos),
        store.keep_table("links.parquet", key, grouping.links),
    )


def split_images(
    grouped_images: KeptFile, photo_links: KeptFile, ingestion: IngestionParams
) -> KeptFile:
    """Divide the groups into train, validation and test.

    What keeps them from being divided is noted, not raised: the report comes first.

    Args:
        grouped_images: One row a file.
        photo_links: What links the photos of a group.
        ingestion: Shares, folds and seed; photos that the user leaves out.

    Returns:
        The rows with their parts and folds, kept.
    """
    corrections = read_review(ingestion)
    key = combine_key(
        grouped_images.key, ingestion.splitting, ingestion.leaking_train, corrections.leave_out
    )
    store = open_results(ingestion)
    kept = store.recall("divided.parquet", key)
    if kept is not None:
        return kept
    division = divide_grouped(
        grouped_images.read_table(),
        photo_links.read_table(),
        ingestion.splitting,
        leaking_train=ingestion.leaking_train,
        left_out=corrections.leave_out,
    )
    return store.keep_table("divided.parquet", key, note_problem(division))
