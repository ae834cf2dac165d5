"""Nodes of the ``ingest`` stage.

Between them go handles of results on disk: nothing large is copied, and a node that finds its
result, made from the same files, parameters and code, makes nothing again.
"""

import json
import logging
from pathlib import Path

import pandas as pd

from crack_pipeline.code_digest import digest_code
from crack_pipeline.errors import ParameterError
from crack_pipeline.ingestion.checked_table import CheckPlan, check_listing
from crack_pipeline.ingestion.checking import CheckSettings
from crack_pipeline.ingestion.contradictions import describe_contradicting
from crack_pipeline.ingestion.corrections import (
    Corrections,
    leave_out,
    note_restored,
    read_corrections,
    relabel,
    require_listed,
    require_paired,
)
from crack_pipeline.ingestion.grouping import (
    SEARCHES,
    OverlapSearch,
    divide_grouped,
    group_checked,
    read_problem,
)
from crack_pipeline.ingestion.listing import build_manifest, describe_listing
from crack_pipeline.ingestion.repairs import repair_table
from crack_pipeline.ingestion.report import (
    Report,
    describe_doubtful,
    describe_set_aside,
    format_report,
    report_manifest,
)
from crack_pipeline.ingestion.results import (
    INGESTION_CODE,
    THUMBNAILS,
    KeptFile,
    ResultStore,
    combine_key,
    fingerprint_file,
    fingerprint_folder,
    fingerprint_named,
    identify_thumbnails,
    open_thumbnails,
)
from crack_pipeline.ingestion.sheet import DrawnPicture, draw_manifest_sheet, draw_to_png
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.sources import SOURCES, fetch_photos, list_photos
from crack_pipeline.sources.files import list_files
from crack_pipeline.sources.folder import LABELS_FILE, SOURCE
from crack_pipeline.sources.labels_csv import read_labels

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
        starting=ingestion.starter,
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
    if corrections.restored:
        told = ", ".join(f"{written} is {name}" for name, written in corrections.restored.items())
        logger.warning("A spreadsheet changed ids of the review list; by image_file %s", told)
    key = combine_key(
        digest_code(*INGESTION_CODE),
        fingerprint_folder(Path(photo_folder)),
        fingerprint_labels(ingestion, Path(photo_folder)),
        ingestion.model_dump(include={"source", "photo_id_pattern", "unpaired", "ignore"}),
        (corrections.labels, corrections.restored),
    )
    store = open_results(ingestion)
    kept = store.recall("listing.parquet", key)
    if kept is None:
        kept = store.keep("listing.parquet", key, _list(photo_folder, ingestion, corrections))
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
    return note_restored(relabel(listing, corrections.labels), corrections.restored)


def check_images(listed_images: KeptFile, ingestion: IngestionParams) -> tuple[KeptFile, KeptFile]:
    """Open each new or changed file once and judge it.

    Args:
        listed_images: One row a file.
        ingestion: Largest photo, repairs, workers, and where findings are kept.

    Returns:
        The rows with sizes, digests, hashes and reasons, and (N, 64, 64) uint8 thumbnails, kept.
    """
    plan = CheckPlan(
        store=in_project(ingestion.checks_path),
        masks=in_project(ingestion.primary_path) / "masks",
        settings=CheckSettings(ingestion.max_megapixels, ingestion.repair),
        parallel=ingestion.parallel,
    )
    store = open_results(ingestion)
    kept = store.recall("checked.parquet", _key_of_checks(listed_images, plan))
    if kept is None:
        checked, _ = check_listing(listed_images.read_table(), plan)
        kept = store.keep("checked.parquet", _key_of_checks(listed_images, plan), checked)
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
    grouping.links.attrs[SEARCHES] = grouping.searches
    return (
        store.keep("grouped.parquet", key, grouping.photos),
        store.keep("links.parquet", key, grouping.links),
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
    wanted = (ingestion.splitting, ingestion.leaking_train, ingestion.contradicting)
    key = combine_key(grouped_images.key, *wanted, corrections.leave_out)
    store = open_results(ingestion)
    kept = store.recall("divided.parquet", key)
    if kept is None:
        divided = divide_grouped(
            grouped_images.read_table(),
            photo_links.read_table(),
            ingestion.splitting,
            leaking_train=ingestion.leaking_train,
            contradicting=ingestion.contradicting,
            left_out=corrections.leave_out,
        )
        kept = store.keep("divided.parquet", key, divided)
    return kept


_ORIGIN = ("title", "licence", "citation", "homepage")


def open_results(ingestion: IngestionParams) -> ResultStore:
    """Where the nodes keep their results."""
    return ResultStore(in_project(ingestion.checks_path) / "results")


def plan_overlap_search(ingestion: IngestionParams) -> OverlapSearch | None:
    """The search for overlapping crops; None where it is not wanted or photos are no crops."""
    wanted = ingestion.overlaps.search
    if wanted == "never" or (wanted == "auto" and not SOURCES[ingestion.source].has_crops):
        return None
    store = in_project(ingestion.checks_path) / "overlaps"
    return OverlapSearch(ingestion.overlaps, store, ingestion.parallel.n_jobs)


def fingerprint_labels(ingestion: IngestionParams, photo_folder: Path) -> str:
    """Digest of the CSV of labels, and of sizes and times of the masks that it names.

    These may lie beside the CSV, outside the photos' folder, or not be there yet.

    Args:
        ingestion: The source and its labels.
        photo_folder: The folder of the photos.

    Returns:
        64 hexadecimal digits.

    Raises:
        SourceError: If the CSV cannot be read.
    """
    if ingestion.source != SOURCE.name:
        return combine_key(ingestion.labels)  # labels are refused when the photos are listed
    among = (file for file in list_files(photo_folder) if file.name.lower() == LABELS_FILE)
    labels = ingestion.labels or next(among, None)
    if labels is None:
        return combine_key(None)
    names = sorted({row.mask.replace("\\", "/") for row in read_labels(labels) if row.mask})
    masks = [folder / name for folder in (photo_folder, labels.parent) for name in names]
    return combine_key(fingerprint_file(labels), fingerprint_named(masks))


def read_review(ingestion: IngestionParams) -> Corrections:
    """Read the decisions of the user about single photos.

    Raises:
        ParameterError: If the review list is damaged.
    """
    if ingestion.review_path is None:
        return Corrections()
    return read_corrections(in_project(ingestion.review_path))


def describe_origin(source: str) -> dict[str, str]:
    """Name, licence and citation of a source, for the manifest and the report."""
    known = SOURCES[source]
    return {"source": source, **{name: getattr(known, name) for name in _ORIGIN}}


REPORT_FILE = "data/08_reporting/{dataset}/ingestion.json"
"""Where the catalog writes the report, relative to the project."""


def report_ingestion(
    divided_images: KeptFile,
    photo_links: KeptFile,
    photo_folder: str,
    ingestion: IngestionParams,
    dataset: str,
) -> tuple[Report, pd.DataFrame, KeptFile]:
    """Count what was found, mended and set aside, and show it in the log.

    Args:
        divided_images: One row a file.
        photo_links: What links the photos of a group.
        photo_folder: The folder of the photos.
        ingestion: The source.
        dataset: Name of the data set.

    Returns:
        The report; one row for every repair and every file that was set aside; and the rows that
        were reported, so that what follows comes after the report.
    """
    key = combine_key(divided_images.key, photo_links.key, photo_folder, dataset)
    store = open_results(ingestion)
    kept, repairs = store.recall("report.json", key), store.recall("repairs.parquet", key)
    if kept is None or repairs is None:
        divided = divided_images.read_table()
        problem = read_problem(divided)
        made = report_manifest(
            build_manifest(divided, ingestion.source),
            divided,
            photo_links.read_table(),
            head={
                "dataset": dataset,
                **describe_origin(ingestion.source),
                "folder": photo_folder,
                "problem": "" if problem is None else str(problem),
            },
            leaking_train=ingestion.leaking_train,
        )
        kept = store.keep("report.json", key, json.dumps(made).encode())
        repairs = store.keep("repairs.parquet", key, repair_table(divided))
    report: Report = json.loads(kept.read_bytes())
    logger.info("%s", format_report(report))
    report_file = REPORT_FILE.format(dataset=dataset)
    for describe in (describe_set_aside, describe_contradicting, describe_doubtful):
        message = describe(report, report_file=report_file)
        if message:
            logger.warning("%s", message)
    return report, repairs.read_table(), divided_images


def write_manifest(reported_images: KeptFile, ingestion: IngestionParams) -> pd.DataFrame:
    """Write the manifest; after the report, which tells why there may be none.

    Args:
        reported_images: One row a file, with their report written.
        ingestion: The source.

    Returns:
        The manifest, with the source's licence and citation in ``attrs``.

    Raises:
        SourceError: If no photo can be used.
        SplitError: If there are too few groups for the parts.
    """
    store = open_results(ingestion)
    kept = store.recall("manifest.parquet", reported_images.key)
    if kept is not None:
        return kept.read_table()
    divided = reported_images.read_table()
    problem = read_problem(divided)
    if problem is not None:
        raise problem
    manifest = build_manifest(divided, ingestion.source, attrs=describe_origin(ingestion.source))
    store.keep("manifest.parquet", reported_images.key, manifest)
    return manifest


def show_manifest(
    manifest: pd.DataFrame, divided_images: KeptFile, ingestion: IngestionParams, dataset: str
) -> DrawnPicture:
    """Draw sample photos of each split, masks outlined.

    Args:
        manifest: The manifest.
        divided_images: The rows that it was made from.
        ingestion: How many, and the seed of the choice.
        dataset: Name of the data set.

    Returns:
        The sheet.
    """
    n_photos, seed = ingestion.sheet_photos, ingestion.splitting.seed
    key = combine_key(divided_images.key, n_photos, seed, dataset)
    store = open_results(ingestion)
    kept = store.recall("sheet.png", key)
    if kept is None:
        title = f"Photos of data set {dataset}, source {ingestion.source}"
        figure = draw_manifest_sheet(manifest, title=title, n_photos=n_photos, seed=seed)
        kept = store.keep("sheet.png", key, draw_to_png(figure))
    return DrawnPicture(kept.read_bytes())
