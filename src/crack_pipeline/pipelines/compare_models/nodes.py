"""Nodes of the ``compare_models`` pipeline."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from pydantic import ValidationError

from crack_pipeline.errors import CrackPipelineError, ParameterError, TrainingError
from crack_pipeline.figures.model_comparison import draw_model_comparison
from crack_pipeline.manifest import require_for_task
from crack_pipeline.pipelines.child_runs import ChildRunReport
from crack_pipeline.pipelines.compare_models.params import Candidate, CompareModelsParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.trial_settings import SingleTraining, TrialChanges
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.comparison import (
    COSTS,
    CandidateResult,
    describe_comparison,
    sum_seconds,
    tabulate_candidates,
)
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.running import run_trials
from crack_pipeline.trials.trial import Trial, TrialSettings

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
    trials = {
        name: _plan(name, candidate, manifest, single_training, compare_models)
        for name, candidate in compare_models.candidates(task).items()
    }
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


def _plan(
    name: str,
    candidate: Candidate,
    manifest: pd.DataFrame,
    single_training: SingleTraining,
    params: CompareModelsParams,
) -> list[Trial]:
    settings = _settings(name, candidate, single_training, params)
    seeds = range(settings.recipe.seed, settings.recipe.seed + params.seeds)
    return [
        Trial(
            f"{params.set}_{name}_seed_{seed}",
            manifest,
            settings.model_copy(
                update={"recipe": settings.recipe.model_copy(update={"seed": seed})}
            ),
        )
        for seed in seeds
    ]


def _settings(
    name: str,
    candidate: Candidate,
    single_training: SingleTraining,
    params: CompareModelsParams,
) -> TrialSettings:
    task = single_training.task
    plain = single_training.trial_settings(
        TrialChanges(epochs=params.epochs, steps_per_epoch=params.steps_per_epoch),
        measured_on=params.measured_on,
        measures_cost=True,
    )
    shared = params.shared
    changed = {
        "model": _change_model(plain.model.model_dump(), _merge(shared.model, candidate.model)),
        "recipe": _merge(plain.recipe.model_dump(), _merge(shared.recipe, candidate.recipe)),
    }
    try:
        changed["recipe"] = _spend(changed["recipe"], params.epochs)
        return TrialSettings.model_validate(
            {
                **plain.model_dump(),
                **changed,
                "model": type(plain.model).model_validate(changed["model"]),
                "tiles": plain.tiles,
                "evaluation": plain.evaluation,
            }
        )
    except ValidationError as error:
        problem = error.errors()[0]
        raise ParameterError(
            "A candidate must give parameters of model and training values that they can have.",
            received=f"compare_models.{task}.{params.set}.{name}: "
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
            remedy="Correct it in conf/<env>/parameters/compare_models.yml.",
        ) from error


def _change_model(model: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    # Starting weights belong to one network; another one starts without.
    is_other = changes.get("name", model["name"]) != model["name"]
    return _merge({**model, "weights": None} if is_other else model, changes)


def _spend(recipe: dict[str, Any], epochs: int) -> dict[str, Any]:
    """Give a recipe the epochs of the budget, those of its second stage included."""
    tuning = TrainingRecipe.model_validate(recipe).fine_tuning.epochs
    if tuning >= epochs:
        raise ParameterError(
            "A second stage must leave epochs of the budget for the first.",
            received=f"fine_tuning.epochs={tuning}, compare_models.epochs={epochs}",
            remedy="Give compare_models more epochs, or the candidate "
            "`recipe: {fine_tuning: {epochs: 0}}`.",
        )
    return {**recipe, "epochs": epochs - tuning, "early_stopping_epochs": None}


def _merge(block: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(block)
    for name, value in changes.items():
        inner = merged.get(name)
        merged[name] = (
            _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return merged
