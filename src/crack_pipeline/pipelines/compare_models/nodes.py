"""Nodes of the ``compare_models`` pipeline."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.errors import CrackPipelineError, TrainingError
from crack_pipeline.figures.comparisons import draw_model_comparison
from crack_pipeline.manifest import require_for_task
from crack_pipeline.pipelines.child_runs import ChildRunReport
from crack_pipeline.pipelines.compare_models.candidates import (
    CompareModelsParams,
    plan_candidates,
)
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.trial_settings import SingleTraining
from crack_pipeline.trials.comparison import (
    COSTS,
    CandidateResult,
    describe_comparison,
    sum_seconds,
    tabulate_candidates,
)
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.running import run_trials
from crack_pipeline.trials.trial import Trial

logger = logging.getLogger(__name__)


def train_candidates(
    manifest: pd.DataFrame, single_training: SingleTraining, compare_models: CompareModelsParams
) -> dict[str, Any]:
    """Train each candidate in a process and a child run of its own, then put them side by side.

    A candidate that fails is named with its reason, and the others go on.

    Args:
        manifest: A validated manifest.
        single_training: What the candidates change.
        compare_models: Candidates and budget.

    Returns:
        The outputs by name: model_comparison (a table), model_comparison_report.

    Raises:
        ManifestError: If the manifest lacks what the task needs.
        ParameterError: If a candidate's changes are not valid.
        TrainingError: If every candidate failed.
    """
    task = single_training.task
    require_for_task(manifest, task)
    trials = plan_candidates(manifest, single_training, compare_models)
    results = [_run(name, planned, compare_models) for name, planned in trials.items()]
    if all(result.failure for result in results):
        raise TrainingError(
            "At least one candidate must finish its training.",
            received="; ".join(f"{result.name}: {result.failure}" for result in results),
            remedy="Correct the candidates under `compare_models`, or the data.",
        )
    report = describe_comparison(
        results,
        dataset=single_training.dataset,
        task=task,
        measured_on=compare_models.measured_on,
        resamples=compare_models.resamples,
    )
    table = tabulate_candidates(report)
    logger.info(
        "Candidates on %s photos, best first:\n%s",
        compare_models.measured_on,
        table.drop(columns=["note", "steps", "tiles a step"]).to_string(index=False, na_rep="–"),
    )
    for result in results:
        if result.failure:
            logger.warning("%s did not finish: %s", result.name, result.failure)
    return {"model_comparison": table, "model_comparison_report": report}


def show_comparison(model_comparison_report: dict[str, Any]) -> Figure:
    """Draw quality against what it costs.

    Args:
        model_comparison_report: From ``train_candidates``.

    Returns:
        The figure.
    """
    return draw_model_comparison(model_comparison_report)


def _run(name: str, trials: list[Trial], params: CompareModelsParams) -> CandidateResult:
    report = ChildRunReport(
        lambda trial: {"pipeline": "compare_models", "candidate": name, "set": params.set},
        _measure,
    )
    settings = trials[0].settings
    try:
        results = run_trials(trials, in_project(params.trials_path), report=report)
    except CrackPipelineError as error:
        return CandidateResult(name, settings, (), str(error))
    return CandidateResult(name, settings, tuple(results), "")


def _measure(result: TrialResult) -> dict[str, float]:
    costs = {name: float(result.facts[name]) for name in COSTS}
    return {**result.metrics, **costs, "seconds_training": sum_seconds(result)}
