"""How the trials of an orchestrating node are done: the parameters of a training, some changed."""

from dataclasses import dataclass, fields
from typing import Any

from kedro.pipeline import Node
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
from crack_pipeline.pipelines.augment.params import AugmentationParams
from crack_pipeline.pipelines.evaluate.params import EvaluationParams
from crack_pipeline.pipelines.fit.params import ModelParams, TrainingParams
from crack_pipeline.pipelines.preprocess.params import PreprocessingParams
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.trial import TrialSettings
from crack_pipeline.types import Task

_STRICT = ConfigDict(extra="forbid", frozen=True)


class RecipeChanges(BaseModel):
    """What differs from the recipe of a single training; None leaves a value as it is there.

    Attributes:
        epochs: Epochs of the first stage.
        steps_per_epoch: Batches an epoch.
        batch_size: Tiles a batch.
        learning_rate: Rate of the first stage.
        ema_momentum: Momentum, by step, of the averaged weights; a short trial needs a lower one
            than a long training, or it keeps much of its first weights.
    """

    model_config = _STRICT

    epochs: int | None = Field(None, ge=1)
    steps_per_epoch: int | None = Field(None, ge=1)
    batch_size: int | None = Field(None, ge=1)
    learning_rate: float | None = Field(None, gt=0, le=1)
    ema_momentum: float | None = Field(None, gt=0, lt=1)

    def change(self, recipe: TrainingRecipe) -> TrainingRecipe:
        """Apply the changes.

        Args:
            recipe: Of a single training.

        Returns:
            The recipe of a trial; it writes no TensorBoard files.
        """
        names = RecipeChanges.model_fields
        changed = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return recipe.model_copy(update={**changed, "tensorboard": False})


class SegmentationTrial(RecipeChanges):
    """What differs in a segmentation.

    Attributes:
        model: Another network than that of ``model.segmentation``; None for the same.
    """

    model: SegmentationModel | None = None


class ClassificationTrial(RecipeChanges):
    """What differs in a classification.

    Attributes:
        model: Another network than that of ``model.classification``; None for the same.
    """

    model: ClassificationModel | None = None


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

    def trial_settings(
        self, changes: SegmentationTrial | ClassificationTrial, **kept: Any
    ) -> TrialSettings:
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


def gather_training(
    *,
    task: Task,
    dataset: str,
    preprocessing: PreprocessingParams,
    augmentation: AugmentationParams,
    model: ModelParams,
    training: TrainingParams,
    evaluation: EvaluationParams,
) -> SingleTraining:
    """Gather the parameters of a single training, typed; a node of every orchestrating pipeline.

    Args:
        task: What the model is for.
        dataset: Name of the data set.
        preprocessing: How photos become the model's input.
        augmentation: What training does to them.
        model: Which network.
        training: How it is trained.
        evaluation: How it is measured.

    Returns:
        All of them.
    """
    return SingleTraining(task, dataset, preprocessing, augmentation, model, training, evaluation)


def make_gathering_node() -> Node:
    """The node ``gather_training``, whose output ``single_training`` lives in memory only."""
    names = [field.name for field in fields(SingleTraining)]
    return Node(
        gather_training,
        inputs={name: f"params:{name}" for name in names},
        outputs="single_training",
        name="gather_training",
    )
