"""Nodes of the ``cross_validate`` pipeline."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from crack_pipeline.figures.comparisons import draw_cross_validation
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.child_runs import ChildRunReport
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.trial_settings import SingleTraining, TrialsByTask
from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.cross_validation import (
    name_fold_metrics,
    plan_folds,
    pool_out_of_fold,
    report_folds,
    summarize_spread,
    tabulate_folds,
    write_out_of_fold,
)
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.running import run_trials
from crack_pipeline.trials.trial import Trial
from crack_pipeline.types import UserPath

logger = logging.getLogger(__name__)


class CrossValidationParams(TrialsByTask):
    """How the folds are made, and what differs from a single training by task.

    Attributes:
        trials_path: Folder of the trials, relative to the project.
        out_of_fold_path: Folder of the out-of-fold predictions, relative to the project.
        folds: Number of folds where the manifest has none.
        validation_share: Share of the other folds' photos on which epoch and threshold are chosen.
        seed: Seed of folds that the manifest has not, and of the validation parts.
    """

    trials_path: UserPath
    out_of_fold_path: UserPath
    folds: int = Field(5, ge=2, le=100)
    validation_share: float = Field(0.15, gt=0.0, lt=1.0)
    seed: int = Field(0, ge=0)


def train_folds(
    manifest: pd.DataFrame,
    single_training: SingleTraining,
    cross_validate: CrossValidationParams,
) -> dict[str, Any]:
    """Train one model a fold, each in a process and a child run of its own, and pool them.

    Args:
        manifest: A validated manifest; its test photos are not touched.
        single_training: How a single model is trained and measured.
        cross_validate: The folds.

    Returns:
        The outputs by name: cross_validation_metrics, cross_validation_report,
        out_of_fold_predictions.

    Raises:
        ManifestError: If a fold lacks what the task needs.
        SplitError: If there are too few groups.
        CrackPipelineError: Whatever ends a trial; finished folds are kept.
    """
    task = single_training.task
    settings = single_training.trial_settings(
        cross_validate.for_task(task), keeps_maps=task_spec(task).truth == "masks"
    )
    trials = plan_folds(
        manifest,
        settings,
        n_folds=cross_validate.folds,
        validation_share=cross_validate.validation_share,
        seed=cross_validate.seed,
    )
    report = ChildRunReport(
        lambda trial: {"pipeline": "cross_validate", "fold": str(_fold_of(trial))},
        lambda result: name_fold_metrics(result.metrics),
    )
    results = run_trials(trials, in_project(cross_validate.trials_path), report=report)
    return _gather(manifest, trials, results, in_project(cross_validate.out_of_fold_path))


def show_cross_validation(cross_validation_report: dict[str, Any]) -> Figure:
    """Draw each fold's numbers beside those of all photos together.

    Args:
        cross_validation_report: From ``train_folds``.

    Returns:
        The figure.
    """
    return draw_cross_validation(cross_validation_report)


def _gather(
    manifest: pd.DataFrame, trials: list[Trial], results: list[TrialResult], folder: Path
) -> dict[str, Any]:
    settings, digest = trials[0].settings, digest_manifest(manifest)
    by_fold = {_fold_of(trial): found for trial, found in zip(trials, results, strict=True)}
    predictions = write_out_of_fold(folder, by_fold, task=settings.task, manifest_digest=digest)
    tolerance = getattr(settings.evaluation, "tolerance_px", None)
    metrics = {
        "folds": len(results),
        **summarize_spread(results),
        **pool_out_of_fold(results, tolerance_px=tolerance),
    }
    report = report_folds(trials, results, metrics, manifest_digest=digest)
    logger.info("Cross-validation:\n%s", tabulate_folds(report))
    handle = {
        "path": str(folder),
        "task": settings.task,
        "manifest_digest": digest,
        "n_photos": len(predictions),
        "folds": sorted(by_fold),
    }
    return {
        "cross_validation_metrics": metrics,
        "cross_validation_report": report,
        "out_of_fold_predictions": handle,
    }


def _fold_of(trial: Trial) -> int:
    held_out = trial.manifest.loc[trial.manifest["split"] == "test", "fold"]
    return int(held_out.iloc[0])
