"""Candidates of ``compare_models``: typed parameters, and the trials that they are."""

from typing import Any, ClassVar, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crack_pipeline.errors import ParameterError
from crack_pipeline.pipelines.params import ByTask
from crack_pipeline.pipelines.trial_settings import SingleTraining, TrialChanges
from crack_pipeline.task_specs import TaskSpec
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.trial import Trial, TrialSettings
from crack_pipeline.types import Task, UserPath
from crack_pipeline.wording.suggestions import require_known

_STRICT = ConfigDict(extra="forbid", frozen=True)
_BUDGET = (
    "epochs",
    "steps_per_epoch",
    "early_stopping_epochs",
    "batch_size",
    "accumulation_steps",
)


class Candidate(BaseModel):
    """Changes of one candidate to a single training; nested values are merged.

    Attributes:
        model: Over ``model.<task>``: ``{name: enet}``, ``{weights: path}``.
        recipe: Over ``training.<task>``: ``{loss: bce_dice}``, ``{learning_rate: 1.0e-3}``.
    """

    model_config = _STRICT

    model: dict[str, Any] = Field(default_factory=dict)
    recipe: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_the_budget(self) -> Self:
        own = [name for name in _BUDGET if name in self.recipe]
        if own:
            raise ValueError(
                f"all candidates train under one budget, so none may change {', '.join(own)}; set "
                "compare_models.epochs and compare_models.steps_per_epoch, the others in training"
            )
        return self


CandidateSets = dict[str, dict[str, Candidate]]
"""Name of a set → name of a candidate → candidate."""


class CompareModelsParams(ByTask):
    """Candidates to compare and their budget; sets of candidates by task.

    Attributes:
        trials_path: Folder of the trials, relative to the project.
        set: Which set of candidates.
        only: Names of candidates, a list or joined by ``+``; None takes the whole set.
        epochs: Epochs of each training, those of a second stage included.
        steps_per_epoch: Batches an epoch: the budget is steps of one batch size.
        seeds: Trainings of each candidate.
        measured_on: ``validation`` to choose by, ``test`` to report a choice that was made.
        resamples: Draws of the bootstrap over source photos.
        shared: What all candidates change; their own changes are laid over it.
    """

    block: ClassVar[str] = "model"  # the tasks that have a network

    trials_path: UserPath
    set: str = "architectures"
    only: str | tuple[str, ...] | None = None
    epochs: int = Field(4, ge=1)
    steps_per_epoch: int = Field(100, ge=1)
    seeds: int = Field(1, ge=1, le=20)
    measured_on: Literal["validation", "test"] = "validation"
    resamples: int = Field(1000, ge=100)
    shared: Candidate = Candidate()

    @classmethod
    def kind_of(cls, spec: TaskSpec) -> Any:
        """Sets of candidates, alike for all tasks."""
        return CandidateSets

    def candidates(self, task: Task) -> dict[str, Candidate]:
        """Candidates of the chosen set.

        Args:
            task: Of the run.

        Returns:
            Name → candidate, in the order of the parameters.

        Raises:
            ParameterError: If the set, or a name in ``only``, is not there.
        """
        sets: CandidateSets = self.for_task(task)
        require_known(self.set, sets, f"compare_models.set must be a set of compare_models.{task}.")
        chosen = sets[self.set]
        if self.only is None:
            return chosen
        given = self.only.split("+") if isinstance(self.only, str) else self.only
        names = [name.strip() for name in given]
        for name in names:
            rule = "compare_models.only must hold names of candidates joined by +."
            require_known(name, chosen, rule)
        return {name: chosen[name] for name in names}


def plan_candidates(
    manifest: pd.DataFrame, single_training: SingleTraining, params: CompareModelsParams
) -> dict[str, list[Trial]]:
    """Plan the trainings of the chosen candidates.

    Args:
        manifest: A validated manifest.
        single_training: What the candidates change.
        params: Candidates and budget.

    Returns:
        Name of a candidate → its trials, one a seed.

    Raises:
        ParameterError: If the set or a candidate is not there, or its changes are not valid.
    """
    plain = single_training.trial_settings(
        TrialChanges(epochs=params.epochs, steps_per_epoch=params.steps_per_epoch),
        measured_on=params.measured_on,
        measures_cost=True,
    )
    planned = {}
    for name, candidate in params.candidates(single_training.task).items():
        settings = _change(plain, name, candidate, params)
        first = settings.recipe.seed
        planned[name] = [
            Trial(f"{params.set}_{name}_seed_{seed}", manifest, settings.with_seed(seed))
            for seed in range(first, first + params.seeds)
        ]
    return planned


def _change(
    plain: TrialSettings, name: str, candidate: Candidate, params: CompareModelsParams
) -> TrialSettings:
    shared = params.shared
    model = _change_model(plain.model.model_dump(), _merge(shared.model, candidate.model))
    recipe = _merge(plain.recipe.model_dump(), _merge(shared.recipe, candidate.recipe))
    try:
        changed = TrialSettings.model_validate({**dict(plain), "model": model, "recipe": recipe})
    except ValidationError as error:
        problem = error.errors()[0]
        raise ParameterError(
            "A candidate must give parameters of model and training values that they can have.",
            received=f"compare_models.{plain.task}.{params.set}.{name}: "
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
            remedy="Correct it in conf/<env>/parameters/compare_models.yml.",
        ) from error
    return changed.model_copy(update={"recipe": _spend(changed.recipe, params.epochs)})


def _change_model(model: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    # Starting weights belong to one network; another one starts without.
    is_other = changes.get("name", model["name"]) != model["name"]
    return _merge({**model, "weights": None} if is_other else model, changes)


def _spend(recipe: TrainingRecipe, epochs: int) -> TrainingRecipe:
    """Give a recipe the epochs of the budget, those of its second stage included."""
    tuning = recipe.fine_tuning.epochs
    if tuning >= epochs:
        raise ParameterError(
            "A second stage must leave epochs of the budget for the first.",
            received=f"fine_tuning.epochs={tuning}, compare_models.epochs={epochs}",
            remedy="Give compare_models more epochs, or the candidate "
            "`recipe: {fine_tuning: {epochs: 0}}`.",
        )
    return recipe.model_copy(update={"epochs": epochs - tuning, "early_stopping_epochs": None})


def _merge(block: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(block)
    for name, value in changes.items():
        inner = merged.get(name)
        merged[name] = (
            _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return merged
