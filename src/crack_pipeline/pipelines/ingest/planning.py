"""What the nodes of ``ingest`` take from its parameters: places in the project, and plans."""

from pathlib import Path

from crack_pipeline.ingestion.checked_table import CheckPlan
from crack_pipeline.ingestion.corrections import Corrections, read_corrections
from crack_pipeline.ingestion.fan_out import CheckSettings
from crack_pipeline.ingestion.fingerprint import (
    combine_key,
    fingerprint_file,
    fingerprint_named,
)
from crack_pipeline.ingestion.grouping import OverlapSearch
from crack_pipeline.ingestion.results import ResultStore
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.sources import SOURCES
from crack_pipeline.sources.files import list_files
from crack_pipeline.sources.folder import LABELS_FILE, SOURCE
from crack_pipeline.sources.labels_csv import read_labels

_ORIGIN = ("title", "licence", "citation", "homepage")


def open_results(ingestion: IngestionParams) -> ResultStore:
    """Where the nodes keep their results."""
    return ResultStore(in_project(ingestion.checks_path) / "results")


def plan_checks(ingestion: IngestionParams) -> CheckPlan:
    """How files are checked, and where checking writes."""
    return CheckPlan(
        store=in_project(ingestion.checks_path),
        masks=in_project(ingestion.primary_path) / "masks",
        settings=CheckSettings(ingestion.max_megapixels, ingestion.repair),
        parallel=ingestion.parallel,
    )


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
    labels = ingestion.labels or _labels_among(photo_folder)
    if labels is None:
        return combine_key(None)
    names = sorted({row.mask.replace("\\", "/") for row in read_labels(labels) if row.mask})
    masks = [folder / name for folder in (photo_folder, labels.parent) for name in names]
    return combine_key(fingerprint_file(labels), fingerprint_named(masks))


def _labels_among(photo_folder: Path) -> Path | None:
    found = [file for file in list_files(photo_folder) if file.name.lower() == LABELS_FILE]
    return found[0] if found else None


def read_review(ingestion: IngestionParams) -> Corrections:
    """What the user has decided about single photos.

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
