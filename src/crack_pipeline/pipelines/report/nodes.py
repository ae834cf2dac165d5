"""Nodes of the ``report`` stage."""

import io
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from crack_pipeline.errors import ParameterError
from crack_pipeline.figures.curves import draw_learning_curve
from crack_pipeline.prediction.decision import read_decision, require_own_evaluation
from crack_pipeline.prediction.model_info import ModelInfo, list_differences, read_model_info
from crack_pipeline.reporting.page import render_report
from crack_pipeline.reporting.pictures import collect_pictures
from crack_pipeline.reporting.subject import ReportSubject, list_explanation_scores
from crack_pipeline.storage import seal_of
from crack_pipeline.tasks.outcomes import require_same_manifest
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)


def write_report(  # noqa: PLR0913 - a node takes each of its inputs by name
    *,
    metrics: dict[str, float],
    evaluation_report: dict[str, Any],
    model_info: dict[str, Any],
    decision: dict[str, Any],
    manifest: pd.DataFrame,
    threshold_curve: bytes,
    prediction_sheet: bytes,
    evaluation_figures: dict[str, bytes],
    task: Task,
    dataset: str,
    explanation_report: dict[str, Any] | None = None,
    explanation_scores: pd.DataFrame | None = None,
    explanation_sheet: bytes | None = None,
    network_figures: dict[str, bytes] | None = None,
) -> str:
    """Write up a measured model as one HTML page.

    Args:
        metrics: Flat numbers of the evaluation.
        evaluation_report: Its details.
        model_info: What training wrote beside the model.
        decision: The threshold.
        manifest: The manifest that the model was trained with.
        threshold_curve: PNG file.
        prediction_sheet: PNG file.
        evaluation_figures: PNG files by name.
        task: What the model was trained for.
        dataset: Name of the data set.
        explanation_report: Which model was explained; nothing where none was.
        explanation_scores: A row per method of explanation.
        explanation_sheet: PNG file.
        network_figures: PNG files by name.

    Returns:
        The page.

    Raises:
        ManifestError: If the manifest is another one.
        ParameterError: If the model is of another task, or the evaluation of another model.
    """
    info = read_model_info(model_info, task=task)
    require_same_manifest(info, manifest)
    decided = read_decision(decision, info)
    require_own_evaluation(evaluation_report, info)
    _require_own_metrics(evaluation_report, metrics)
    pictures = {
        "threshold_curve": threshold_curve,
        "prediction_sheet": prediction_sheet,
        **evaluation_figures,
        **_draw_learning_curve(info, dataset),
    }
    scores, notes = [], _doubt_explanations(explanation_report, info)
    if explanation_report is not None and not notes:
        if explanation_scores is not None:
            scores = list_explanation_scores(explanation_scores)
        sheet = {"explanation_sheet": explanation_sheet} if explanation_sheet is not None else {}
        pictures |= {**sheet, **(network_figures or {})}
    shelf = collect_pictures(pictures)
    for note in (*shelf.left_out.values(), *notes):
        logger.warning("Report: %s", note)
    page = render_report(
        ReportSubject(
            dataset=dataset,
            task=task,
            model_info=info,
            decision=decided,
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
    logger.info("Report written: %d pictures, %.1f MB", page.count("<img "), len(page) / 1e6)
    return page


def _require_own_metrics(report: Mapping[str, Any], metrics: Any) -> None:
    seal = report.get("metrics_seal")
    if not isinstance(metrics, Mapping) or seal not in (None, seal_of(metrics)):
        raise ParameterError(
            "`metrics` and `evaluation_report` must be of one evaluation.",
            received="metrics.json that is not what was written with evaluation_report.json",
            remedy="Run `kedro run --pipeline=evaluate`, with the same --env and --params, first.",
        )


def _doubt_explanations(explanation_report: Mapping[str, Any] | None, info: ModelInfo) -> list[str]:
    if explanation_report is None:
        return []
    of = explanation_report.get("explains")
    if of is not None and not list_differences(info, of, was="explained"):
        return []
    said = "of another model" if of is not None else "of a model that they do not name"
    return [f"The explanations are {said}, left out: run kedro run --pipeline=explain again."]


def _draw_learning_curve(info: ModelInfo, dataset: str) -> dict[str, bytes]:
    """Draw the curve from what is kept with the model, so that it is never one of another."""
    if not info.history or info.best_epoch is None:
        return {}
    figure = draw_learning_curve(
        pd.DataFrame(info.history),
        best_epoch=info.best_epoch,
        title=f"{info.model} on {dataset}",
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return {"learning_curve": buffer.getvalue()}
