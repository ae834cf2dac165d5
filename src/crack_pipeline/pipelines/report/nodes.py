"""Nodes of the ``report`` stage."""

import io
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from crack_pipeline.figures.learning_curve import draw_learning_curve
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.report.params import ReportParams
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.reporting.explanation_scores import read_explanation_scores
from crack_pipeline.reporting.known_pictures import KNOWN_PICTURES, list_pictures
from crack_pipeline.reporting.pictures import (
    PictureShelf,
    collect_pictures,
    embed_picture,
    is_older,
)
from crack_pipeline.reporting.report import render_report
from crack_pipeline.reporting.subject import ReportSubject, require_same_model
from crack_pipeline.tasks.outcomes import require_same_manifest
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)

_LEARNING_CURVE = next(file for file in KNOWN_PICTURES if file.name == "learning_curve")


def write_report(
    *,
    metrics: dict[str, float],
    evaluation_report: dict[str, Any],
    model_info: dict[str, Any],
    decision: dict[str, Any],
    manifest: pd.DataFrame,
    task: Task,
    dataset: str,
    report: ReportParams,
) -> str:
    """Write up a measured model as one HTML page.

    Args:
        metrics: Flat numbers of the evaluation.
        evaluation_report: Its details.
        model_info: What training wrote beside the model.
        decision: The threshold.
        manifest: The manifest that the model was trained with.
        task: What the model was trained for.
        dataset: Name of the data set.
        report: Where the figures lie.

    Returns:
        The page.

    Raises:
        ManifestError: If the manifest is another one.
        ParameterError: If the model is of another task, or the evaluation of another model.
    """
    require_same_manifest(read_model_info(model_info, task=task), manifest)
    require_same_model(model_info, decision)
    folder, moment = in_project(report.figures_path), _time_of(in_project(report.model_path))
    shelf = _with_learning_curve(
        collect_pictures(folder, list_pictures(task), newer_than=moment), model_info, dataset
    )
    scores, notes = read_explanation_scores(folder / "explanation_scores.csv", newer_than=moment)
    evaluation = folder / "evaluation_report.json"
    if evaluation.is_file() and is_older(evaluation, moment):
        notes.append("The evaluation is older than the model: its numbers may be another model's.")
    for note in (*shelf.left_out.values(), *notes):
        logger.warning("Report: %s", note)
    page = render_report(
        ReportSubject(
            dataset=dataset,
            task=task,
            model_info=model_info,
            decision=decision,
            metrics=metrics,
            evaluation=evaluation_report,
            manifest=manifest,
            pictures=shelf,
            explanation_scores=scores,
            notes=notes,
            written=datetime.now(UTC),
        )
    )
    # Only the catalog knows where it goes: the last lines of the run name the file.
    logger.info("Report written: %d pictures, %.1f MB", len(shelf.found), len(page) / 1e6)
    return page


def _time_of(path: Path) -> float | None:
    return path.stat().st_mtime if path.is_file() else None


def _with_learning_curve(
    shelf: PictureShelf, model_info: Mapping[str, Any], dataset: str
) -> PictureShelf:
    """Draw the curve from what is kept with the model, so that it is never one of another."""
    history = model_info.get("history")
    if not history or model_info.get("best_epoch") is None:
        return shelf
    figure = draw_learning_curve(
        pd.DataFrame(history),
        best_epoch=model_info["best_epoch"],
        title=f"{model_info['model']} on {dataset}",
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    name = _LEARNING_CURVE.name
    drawn = embed_picture(buffer.getvalue(), title=_LEARNING_CURVE.title, alt=_LEARNING_CURVE.alt)
    kept = {other: shelf.left_out[other] for other in shelf.left_out if other != name}
    return replace(shelf, found={**shelf.found, name: drawn}, left_out=kept)
