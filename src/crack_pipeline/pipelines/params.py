"""Typed parameters of the stages of ``train`` and of ``explain``, each with a block by task."""

from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.task_specs import TaskSpec, task_names, task_spec
from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.start import Backend, Device
from crack_pipeline.types import Task, UserPath

_STRICT = ConfigDict(extra="forbid", frozen=True)


class ByTask(BaseModel):
    """Parameters with a block for each known task, named like the task.

    A task that is registered gets a block of its own settings; a name that is neither a field nor
    a task is refused.
    """

    # The blocks: which names there are is known when parameters are read.
    model_config = ConfigDict(extra="allow", frozen=True)

    block: ClassVar[str]
    """Key of ``TaskSpec.settings``."""

    @classmethod
    def kind_of(cls, spec: TaskSpec) -> Any:
        """The type of a task's block."""
        return spec.settings_class(cls.block)

    @classmethod
    def tasks(cls) -> tuple[str, ...]:
        """The tasks that have such a block."""
        return tuple(name for name in task_names() if cls.block in task_spec(name).settings)

    @classmethod
    def blocks(cls) -> type[BaseModel]:
        """The model of the blocks alone, one field a task."""
        return _make_blocks(cls, tuple(task_spec(name) for name in cls.tasks()))

    @model_validator(mode="after")
    def _read_blocks(self) -> Self:
        read = self.blocks().model_validate(self.model_extra)
        if self.model_extra is not None:
            self.model_extra.update({name: getattr(read, name) for name in type(read).model_fields})
        return self

    def for_task(self, task: Task) -> Any:
        """Settings of one task.

        Args:
            task: A known task.

        Returns:
            Its block.

        Raises:
            ParameterError: If there is no such task, or it has no such block.
        """
        self.kind_of(task_spec(task))
        return getattr(self, task)


@cache
def _make_blocks(params: type[ByTask], specs: tuple[TaskSpec, ...]) -> type[BaseModel]:
    kinds: dict[str, Any] = {spec.name: (params.kind_of(spec), {}) for spec in specs}
    strict = ConfigDict(extra="forbid", frozen=True, validate_default=True)
    return create_model(params.__name__, __config__=strict, **kinds)


class PreprocessingParams(ByTask):
    """How photos become a model's input.

    Attributes:
        store_path: Folder of the tile stores of this data set and task.
        sheet_seed: Seed of the tiles that the contact sheet shows.
    """

    block: ClassVar[str] = "preprocessing"

    store_path: UserPath
    sheet_seed: int = Field(0, ge=0)


class AugmentationParams(ByTask):
    """Limits of augmentation.

    Attributes:
        enabled: Whether training augments at all.
        sheet_seed: Seed of the draws that the contact sheet shows.
    """

    block: ClassVar[str] = "augmentation"

    enabled: bool = True
    sheet_seed: int = Field(0, ge=0)


class ModelParams(ByTask):
    """The network and its settings."""

    block: ClassVar[str] = "model"


class TrainingParams(ByTask):
    """How to train.

    Attributes:
        backend: What Keras computes with; None for the environment's ``KERAS_BACKEND``, or
            TensorFlow.
        device: ``auto`` takes a GPU where there is one, ``gpu`` insists, ``cpu`` leaves it alone.
        distribution: Several devices or machines.
        unfinished_path: Folder of checkpoints of unfinished trainings.
        log_path: Folder of CSV and TensorBoard logs, one subfolder a training.
    """

    block: ClassVar[str] = "training"

    backend: Backend | None = None
    device: Device = "auto"
    distribution: DistributionSettings = DistributionSettings()
    unfinished_path: UserPath
    log_path: UserPath


class CrackFreeParams(BaseModel):
    """Photos without crack of another data set, for false alarms of a segmentation.

    Attributes:
        dataset: Name of that data set, ingested before; None measures none.
        manifests_path: Folder that holds ``<name>/manifest.parquet``, relative to the project.
        photos: Most photos, drawn with a fixed seed.
    """

    model_config = _STRICT

    dataset: str | None = None
    manifests_path: UserPath = Path("data/02_intermediate")
    photos: int = Field(200, ge=1)


class EvaluationParams(ByTask):
    """How a model is measured.

    Attributes:
        crack_free: Photos without crack of another data set.
        audit: From when on the result is doubtful.
    """

    block: ClassVar[str] = "evaluation"

    crack_free: CrackFreeParams = CrackFreeParams()
    audit: AuditSettings = AuditSettings()


class ExplanationParams(ByTask):
    """How a model is explained."""

    block: ClassVar[str] = "explanation"
