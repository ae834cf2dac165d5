"""Nodes of the ``ingest`` stage that tell what came out: report, manifest and sheet."""

import json
import logging

import pandas as pd

from crack_pipeline.ingestion.fingerprint import combine_key
from crack_pipeline.ingestion.listing import build_manifest
from crack_pipeline.ingestion.problems import raise_problem, read_problem
from crack_pipeline.ingestion.repairs import repair_table
from crack_pipeline.ingestion.report import Findings, Report, report_manifest
from crack_pipeline.ingestion.report_table import (
    describe_doubtful,
    describe_set_aside,
    format_report,
)
from crack_pipeline.ingestion.results import KeptFile
from crack_pipeline.ingestion.sheet import DrawnPicture, draw_manifest_sheet, draw_to_png
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.ingest.planning import describe_origin, open_results

logger = logging.getLogger(__name__)

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
        divided, links = divided_images.read_table(), photo_links.read_table()
        problem = read_problem(divided)
        findings = Findings(
            dataset=dataset,
            origin=describe_origin(ingestion.source),
            folder=photo_folder,
            photos=divided,
            links=links,
            searches=links.attrs.get("searches", {}),
            leaking_train=ingestion.leaking_train,
            problem="" if problem is None else str(problem),
        )
        made = report_manifest(build_manifest(divided, ingestion.source), findings)
        kept = store.keep_bytes("report.json", key, json.dumps(made).encode())
        repairs = store.keep_table("repairs.parquet", key, repair_table(divided))
    report: Report = json.loads(kept.read_text())
    logger.info("%s", format_report(report))
    report_file = REPORT_FILE.format(dataset=dataset)
    for describe in (describe_set_aside, describe_doubtful):
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
    raise_problem(divided)
    manifest = build_manifest(divided, ingestion.source, attrs=describe_origin(ingestion.source))
    store.keep_table("manifest.parquet", reported_images.key, manifest)
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
        kept = store.keep_bytes("sheet.png", key, draw_to_png(figure))
    return DrawnPicture(kept.read_bytes())
