"""Nodes of the ``review`` pipeline."""

import logging

import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.figures.review_sheet import draw_review_sheets
from crack_pipeline.label_quality.findings import (
    Findings,
    find_in_pairs,
    find_in_predictions,
    rank_photos,
)
from crack_pipeline.label_quality.pair_store import measure_pairs
from crack_pipeline.label_quality.review import (
    Report,
    format_review,
    merge_review,
    read_review_table,
    report_review,
    write_review_table,
)
from crack_pipeline.manifest import usable_rows, validate_manifest
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.progress import WorkerCount
from crack_pipeline.types import UserPath

logger = logging.getLogger(__name__)


class ReviewParams(BaseModel):
    """How doubtful labels are looked for, and where the user decides about them.

    Attributes:
        table_path: The CSV that the user edits, relative to the project.
        measurements_path: Where measurements of pairs are kept between runs, relative to the
            project.
        predictions_path: Folder of the data set's predictions out of fold, one subfolder a task,
            relative to the project.
        worst: How many photos to list and show that nobody has decided about.
        n_jobs: Worker processes; -1 is one a core.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table_path: UserPath
    measurements_path: UserPath
    predictions_path: UserPath
    worst: int = Field(24, ge=1, le=1000)
    n_jobs: WorkerCount = -1


def measure_masks(manifest: pd.DataFrame, review: ReviewParams) -> pd.DataFrame:
    """Measure every usable photo with its mask, without any model.

    Args:
        manifest: The manifest.
        review: Workers, and where measurements are kept.

    Returns:
        One row a photo with a mask.
    """
    return measure_pairs(
        usable_rows(validate_manifest(manifest)),
        in_project(review.measurements_path),
        n_jobs=review.n_jobs,
    )


def judge_predictions(manifest: pd.DataFrame, review: ReviewParams) -> Findings:
    """Compare masks and labels with predictions out of fold, where there are any of now.

    Args:
        manifest: The manifest.
        review: Where predictions lie.

    Returns:
        What they say; nothing where there are none.
    """
    findings = find_in_predictions(
        validate_manifest(manifest), in_project(review.predictions_path), n_jobs=review.n_jobs
    )
    for note in findings.notes:
        logger.warning("Not used: %s", note)
    return findings


def rank_doubtful(pair_features: pd.DataFrame, prediction_findings: Findings) -> pd.DataFrame:
    """Rank the photos by their worst finding.

    Args:
        pair_features: One row a photo with a mask.
        prediction_findings: What predictions say.

    Returns:
        One row a photo, the worst first.
    """
    return rank_photos([find_in_pairs(pair_features), prediction_findings])


def list_doubtful(
    doubtful_photos: pd.DataFrame, manifest: pd.DataFrame, review: ReviewParams
) -> pd.DataFrame:
    """Write the worst photos into the table that the user edits.

    Args:
        doubtful_photos: The ranking.
        manifest: The manifest.
        review: Where the table lies, and how many photos to list.

    Returns:
        The table as written: what the user wrote in it stays.
    """
    path = in_project(review.table_path)
    table = merge_review(read_review_table(path), doubtful_photos, manifest, worst=review.worst)
    write_review_table(path, table)
    n_open = int((table.rows["action"] == "").sum())
    logger.info(
        "%d photos to decide about in %s: write keep, leave_out, crack or no_crack into the column "
        "action, then run `kedro run --pipeline=ingest` again, with the same --env and --params",
        n_open,
        path,
    )
    return table.rows


def show_doubtful(
    doubtful_photos: pd.DataFrame, review_table: pd.DataFrame, manifest: pd.DataFrame, dataset: str
) -> dict[str, Figure]:
    """Draw the photos that nobody has decided about.

    Args:
        doubtful_photos: The ranking.
        review_table: The table as written.
        manifest: The manifest.
        dataset: Name of the data set, for the title.

    Returns:
        ``page_01``, … → figure.
    """
    undecided = review_table.loc[review_table["action"] == "", "image_id"]
    chosen = doubtful_photos[doubtful_photos["image_id"].isin(undecided)]
    paths = manifest.set_index("image_id")[["image_path", "mask_path"]]
    photos = chosen.join(paths, on="image_id")
    return draw_review_sheets(photos, title=f"Doubtful photos, {dataset}, the worst first")


def summarize_review(
    doubtful_photos: pd.DataFrame,
    pair_features: pd.DataFrame,
    prediction_findings: Findings,
    review: ReviewParams,
) -> Report:
    """Count what was found and show it in the log.

    Args:
        doubtful_photos: The ranking.
        pair_features: One row a photo with a mask.
        prediction_findings: What predictions say.
        review: How many photos to list.

    Returns:
        The report.
    """
    findings = {"pairs": find_in_pairs(pair_features), "predictions": prediction_findings}
    report = report_review(doubtful_photos, pair_features, findings, worst=review.worst)
    logger.info("%s", format_review(report))
    return report
