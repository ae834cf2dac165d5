"""Typed parameters of the ``fit`` stage."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.training.start import Backend, Device
from crack_pipeline.types import Task

_STRICT = ConfigDict(extra="forbid", frozen=True)


class ModelParams(BaseModel):
    """Which network, by task.

    Attributes:
        segmentation: The network for ``task: segmentation``.
        classification: The network for ``task: classification``.
    """

    model_config = _STRICT

    segmentation: SegmentationModel = SegmentationModel()
    classification: ClassificationModel = ClassificationModel()

    def for_task(self, task: Task) -> SegmentationModel | ClassificationModel:
        """Network of one task."""
        return self.segmentation if task == "segmentation" else self.classification


class TrainingParams(BaseModel):
    """How to train, by task.

    Attributes:
        backend: What Keras computes with; None for the environment's ``KERAS_BACKEND``, or
            TensorFlow.
        device: ``auto`` takes a GPU where there is one, ``gpu`` insists, ``cpu`` leaves it alone.
        distribution: Several devices or machines.
        unfinished_path: Folder of checkpoints of unfinished trainings.
        log_path: Folder of CSV and TensorBoard logs, one subfolder a training.
        segmentation: The recipe for ``task: segmentation``.
        classification: The recipe for ``task: classification``.
    """

    model_config = _STRICT

    backend: Backend | None = None
    device: Device = "auto"
    distribution: DistributionSettings = DistributionSettings()
    unfinished_path: Path
    log_path: Path
    segmentation: TrainingRecipe = TrainingRecipe()
    classification: TrainingRecipe = TrainingRecipe()

    def for_task(self, task: Task) -> TrainingRecipe:
        """Recipe of one task."""
        return self.segmentation if task == "segmentation" else self.classification
