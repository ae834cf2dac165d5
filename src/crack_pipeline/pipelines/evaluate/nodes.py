"""Nodes of the ``evaluate`` stage."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.audit.auditing import audit_evaluation
from crack_pipeline.manifest import require_for_task
from crack_pipeline.pipelines.params import EvaluationParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import require_own_evaluation
from crack_pipeline.reporting.subject import describe_origins
from crack_pipeline.storage import seal_of
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks.measurement import calibrate
from crack_pipeline.tasks.other_data import measure_crack_free
from crack_pipeline.tasks.other_photos import choose_crack_free, read_other_manifest
from crack_pipeline.tasks.outcomes import (
    Evaluation,
    Subject,
    require_same_manifest,
    warn_of_other_views,
)
from crack_pipeline.tasks.settings import name_agreement
from crack_pipeline.tasks.summary import summarize_evaluation
from crack_pipeline.types import Task
from crack_pipeline.wording.verdict import judge_evaluation

logger = logging.getLogger(__name__)


def score_baseline(
    manifest: pd.DataFrame, task: Task, evaluation: EvaluationParams
) -> dict[str, Any]:
    """Measure what can be had without a network, on the photos that the model is measured on.

    Args:
        manifest: A validated manifest.
        task: Segmentation has a black-hat detector, classification a percentile classifier.
        evaluation: Their settings.

    Returns:
        JSON-ready scores, parameters and curves.

    Raises:
        ManifestError: If the manifest lacks what the task needs.
    """
    spec = task_spec(task)
    require_for_task(manifest, task)
    found: dict[str, Any] = spec.part("score_baseline")(manifest, evaluation.for_task(task))
    return found


def choose_decision_threshold(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    task: Task,
    evaluation: EvaluationParams,
    dataset: str,
) -> tuple[dict[str, Any], Figure]:
    """Choose on validation from which probability on there is a crack.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        task: What the model was trained for.
        evaluation: Settings by task.
        dataset: Name of the data set, for titles.

    Returns:
        The decision, and the curve that it was read from.

    Raises:
        ManifestError: If the manifest is another one, or lacks what the task needs.
        ParameterError: If the model is of another task.
    """
    bundle = ModelBundle.assemble(model, model_info, task=task)
    subject = _make_subject(bundle, manifest, dataset)
    choose = task_spec(task).part("choose_decision")
    decision, figure = choose(subject, evaluation.for_task(task))
    if decision.note:
        logger.warning("The decision threshold means little: %s.", decision.note)
    logger.info("Decision threshold, chosen on validation: %.3g", decision.threshold)
    return decision.model_dump(), figure


def evaluate_model(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    decision: dict[str, Any],
    baseline_scores: dict[str, Any],
    task: Task,
    evaluation: EvaluationParams,
    dataset: str,
) -> dict[str, Any]:
    """Measure the model on the test photos, beside its baseline.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        decision: From ``choose_decision_threshold``.
        baseline_scores: From ``score_baseline``.
        task: What the model was trained for.
        evaluation: Settings by task.
        dataset: Name of the data set, for titles.

    Returns:
        The outputs by name: metrics, evaluation_report, prediction_sheet, and evaluation_figures,
        which holds the other figures by name.

    Raises:
        ManifestError: If the manifest is another one, or lacks what the task needs.
        ParameterError: If the model is of another task.
    """
    bundle = ModelBundle.assemble(model, model_info, decision, task=task)
    subject, settings = _make_subject(bundle, manifest, dataset), evaluation.for_task(task)
    warn_of_other_views(bundle, settings)
    result: Evaluation = task_spec(task).part("evaluate")(subject, baseline_scores, settings)
    audit = audit_evaluation(
        manifest,
        task,
        result.metrics,
        baseline_scores,
        evaluation.audit,
        agreement=name_agreement(settings),
        headline=result.report["headline"],
    )
    elsewhere = _measure_crack_free(subject, evaluation)
    report = {**result.report, "audit": audit}
    metrics = result.metrics
    if elsewhere is not None:
        report["false_alarms"] = {**report["false_alarms"], "crack_free_elsewhere": elsewhere}
        metrics = {
            **metrics,
            "test_false_length_px_per_megapixel_crack_free": elsewhere["px_per_megapixel"]["value"],
            "test_false_area_share_crack_free": elsewhere["area_share"]["value"],
        }
    verdict = judge_evaluation(report, metrics, **describe_origins(manifest))
    logger.info("Test photos:\n%s", summarize_evaluation(report, metrics, verdict))
    figures = dict(result.figures)
    return {
        "metrics": metrics,
        "evaluation_report": {
            **report,
            "verdict": verdict.to_json(),
            "metrics_seal": seal_of(metrics),
        },
        "prediction_sheet": figures.pop("prediction_sheet"),
        "evaluation_figures": figures,
    }


def calibrate_measurement(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    decision: dict[str, Any],
    evaluation_report: dict[str, Any],
    task: Task,
    dataset: str,
) -> dict[str, Any]:
    """Find how far the model's measures of cracks lie from those of the labels.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        decision: From ``choose_decision_threshold``.
        evaluation_report: From ``evaluate_model``.
        task: What the model was trained for.
        dataset: Name of the data set.

    Returns:
        Content of ``measurement.json``.

    Raises:
        ManifestError: If the manifest is another one, or lacks what the task needs.
        ParameterError: If model, decision and report are not of one another.
    """
    bundle = ModelBundle.assemble(model, model_info, decision, task=task)
    require_own_evaluation(evaluation_report, bundle.info)
    record = calibrate(_make_subject(bundle, manifest, dataset), evaluation_report)
    logger.info("Error bars of crack widths and lengths: %s", record.basis)
    return record.model_dump(mode="json")


def _measure_crack_free(subject: Subject, evaluation: EvaluationParams) -> dict[str, Any] | None:
    wanted, task = evaluation.crack_free, subject.info.task
    if wanted.dataset is None or task_spec(task).truth != "masks":
        return None
    path = in_project(wanted.manifests_path) / wanted.dataset / "manifest.parquet"
    photos = choose_crack_free(
        read_other_manifest(path),
        subject.manifest,
        evaluation.audit,
        name=wanted.dataset,
        most=wanted.photos,
    )
    found = measure_crack_free(subject.bundle, photos, evaluation.for_task(task))
    logger.info(
        "False alarms on %d of %d crack-free photos of %s: %.1f px of crack per megapixel, %.2g %% "
        "of the area",
        found["photos_with_false_alarms"],
        found["photos"],
        photos.name,
        found["px_per_megapixel"]["value"],
        100 * found["area_share"]["value"],
    )
    return found


def _make_subject(bundle: ModelBundle, manifest: pd.DataFrame, dataset: str) -> Subject:
    require_same_manifest(bundle.info, manifest)
    require_for_task(manifest, bundle.info.task)
    return Subject(bundle, manifest, dataset)
