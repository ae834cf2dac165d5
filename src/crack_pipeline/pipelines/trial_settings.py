"""How the trials of an orchestrating node are done: the parameters of a training, some changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from kedro.pipeline import Pipeline
from pydantic import BaseModel, ConfigDict, Field, create_model

from crack_pipeline.pipelines.params import (
    AugmentationParams,
    ByTask,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.pipelines.wiring import make_node
from crack_pipeline.task_specs import TaskSpec
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.trial import TrialSettings
from crack_pipeline.types import Task


class TrialChanges(BaseModel):
    """Differences from a single training; None leaves a value as it is there.

    Attributes:
        epochs: Epochs of the first stage.
        steps_per_epoch: Batches an epoch.
        batch_size: Tiles a batch.
        learning_rate: Rate of the first stage.
        ema_momentum: Momentum, by step, of the averaged weights; a short trial needs a lower one
            than a long training, or it keeps much of its first weights.
        model: Another network than that of ``model.<task>``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int | None = Field(None, ge=1)
    steps_per_epoch: int | None = Field(None, ge=1)
    batch_size: int | None = Field(None, ge=1)
    learning_rate: float | None = Field(None, gt=0, le=1)
    ema_momentum: float | None = Field(None, gt=0, lt=1)
    model: Any = None

    def change(self, recipe: TrainingRecipe) -> TrainingRecipe:
        """Apply the changes.

        Args:
            recipe: Of a single training.

        Returns:
            The recipe of a trial; it writes no TensorBoard files.
        """
        changed = self.model_dump(exclude={"model"}, exclude_none=True)
        return recipe.model_copy(update={**changed, "tensorboard": False})


class TrialsByTask(ByTask):
    """Parameters with what differs from a single training, a block a task."""

    block: ClassVar[str] = "model"  # the tasks that have a network

    @classmethod
    def kind_of(cls, spec: TaskSpec) -> type[TrialChanges]:
        """Changes of one task: its network is one of that task."""
        return _changes_of(spec)


@cache
def _changes_of(spec: TaskSpec) -> type[TrialChanges]:
    network: Any = (spec.settings_class("model") | None, None)
    return create_model("TrialChanges", __base__=TrialChanges, model=network)


@dataclass(frozen=True, slots=True)
class SingleTraining:
    """All parameters of a single training: what an orchestrating node changes a little.

    Attributes:
        task: What the model is for.
        dataset: Name of the data set.
        preprocessing: How photos become the model's input.
        augmentation: What training does to them.
        model: Which network.
        training: How it is trained.
        evaluation: How it is measured.
    """

    task: Task
    dataset: str
    preprocessing: PreprocessingParams
    augmentation: AugmentationParams
    model: ModelParams
    training: TrainingParams
    evaluation: EvaluationParams

    def trial_settings(self, changes: TrialChanges, **kept: Any) -> TrialSettings:
        """Put together how a trial is done.

        Args:
            changes: What differs from a single training.
            **kept: Further fields of the settings, such as ``keeps_maps``.

        Returns:
            The settings.
        """
        task = self.task
        return TrialSettings(
            task=task,
            dataset=self.dataset,
            tiles=self.preprocessing.for_task(task),
            model=changes.model or self.model.for_task(task),
            recipe=changes.change(self.training.for_task(task)),
            policy=self.augmentation.for_task(task) if self.augmentation.enabled else None,
            evaluation=self.evaluation.for_task(task),
            **kept,
        )


def create_trials_pipeline(
    name: str,
    train: Callable[..., Any],
    results: Iterable[str],
    show: Callable[..., Any],
    figure: str,
) -> Pipeline:
    """Build a pipeline of many trainings: one node orchestrates them, another draws its report.

    Kedro can neither branch nor loop. Parameters of a single training are gathered before, in
    ``single_training``, which lives in memory only.

    Args:
        name: Of the pipeline, its tag.
        train: The node that trains; returns its outputs by name.
        results: Those names.
        show: The node that draws.
        figure: Its output.
    """
    nodes = [
        make_node(SingleTraining, "single_training", name="gather_training"),
        make_node(train, *results, returns_dict=True, tags="trains"),
        make_node(show, figure),
    ]
    return Pipeline(nodes, tags=name)
