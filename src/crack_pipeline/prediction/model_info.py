"""The facts that training writes beside a model: the content of ``model_info.json``."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.images.resizing import Equalization
from crack_pipeline.types import Task

EVALUATE_FIRST = "Run `kedro run --pipeline=evaluate`, with the same --env and --params, first."
FORMAT_VERSION = 1
"""Version of the files beside a model: ``model_info.json`` and ``decision.json``. Files without a
version were written before versions were counted; they are read too."""

_IDENTITY = ("task", "model", "run_id", "training_id", "manifest_digest", "weights_digest")
_Record = TypeVar("_Record", bound=BaseModel)


class ModelInfo(BaseModel):
    """A trained model, as its training describes it; unknown keys are ignored.

    Attributes:
        format_version: Version of the file.
        task: What the model was trained to do.
        model: Name of its architecture.
        backend: Keras backend that trained it.
        device: Kind of device that trained it: ``cpu``, ``gpu`` or ``mps``.
        precision: Number format of the training.
        strategy: Distribution of the training over devices.
        manifest_digest: Digest of the manifest that it was trained with.
        tile_px: Side of its square input in px.
        overlap_px: Least overlap of neighbouring tiles in px; None if whole photos are resized.
        equalization: Histogram equalisation of each photo before the model sees it.
        batch_size: Most tiles or photos that are predicted at once.
        weights_digest: From ``digest_network`` of its network; None in files of earlier versions.
        starting_weights: Weights that its training started from, ``imagenet`` or a file; None if
            they were random, and in files of earlier versions.
        tile_store_key: Key of the tiles that it was trained on.
        n_parameters: Number of its parameters.
        seed: Seed of the training.
        loss: Loss of the training.
        ema_momentum: Momentum of the averaged weights; None if they were not averaged.
        training_id: Identifier of the training.
        epochs: Number of epochs trained.
        best_epoch: Epoch whose weights are kept.
        best_value: Value of ``monitor`` at that epoch.
        monitor: Validation metric that chose that epoch.
        resumed_after_epoch: Epochs that an interrupted process had trained before; 0 for none.
        unfinished_name: Name of the folder of its checkpoints in ``training.unfinished_path``.
        history: Metrics per epoch.
        run_id: MLflow run of the training.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format_version: int = Field(FORMAT_VERSION, ge=1)
    task: Task
    model: str
    backend: str | None = None
    device: str | None = None
    precision: str | None = None
    strategy: str | None = None
    manifest_digest: str | None = None
    tile_px: int = Field(ge=1)
    overlap_px: int | None = Field(None, ge=0)
    equalization: Equalization = "none"
    batch_size: int = Field(8, ge=1)
    weights_digest: str | None = None
    starting_weights: str | None = None
    tile_store_key: str | None = None
    n_parameters: int | None = None
    seed: int | None = None
    loss: str | None = None
    ema_momentum: float | None = None
    training_id: str | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    best_value: float | None = None
    monitor: str | None = None
    resumed_after_epoch: int | None = None
    unfinished_name: str | None = None
    history: list[dict[str, int | float]] = []
    run_id: str | None = None

    @property
    def identity(self) -> dict[str, str | None]:
        """Facts that name the model; None where one is not known."""
        return {name: getattr(self, name) for name in _IDENTITY}


def list_differences(info: ModelInfo, other: Mapping[str, Any], *, was: str) -> list[str]:
    """List in what a model differs from the one that something was made for.

    Args:
        info: The model.
        other: Facts noted beside what was made.
        was: What was done with that other model, such as "evaluated".

    Returns:
        Phrases; empty where both are the same model as far as both say.

    >>> info = ModelInfo(task="segmentation", model="unet", tile_px=256)
    >>> list_differences(info, {"model": "enet"}, was="evaluated")
    ['model enet evaluated, unet trained']
    """
    return [
        f"{name} {other[name]} {was}, {own} trained"
        for name, own in info.identity.items()
        if None not in (own, other.get(name)) and other[name] != own
    ]


def require_own(name: str, different: Sequence[str]) -> None:
    """Check that ``list_differences`` found none between a file's model and the one at hand."""
    if different:
        raise ParameterError(
            f"`{name}` must be of the model that it is used with.",
            received="; ".join(different),
            remedy=EVALUATE_FIRST,
        )


def require_format(name: str, found: int, known: int) -> None:
    """Check that this version of the program knows the format of a file beside a model."""
    if found > known:
        raise ParameterError(
            f"`{name}` must be of format version {known} or earlier.",
            received=f"format_version={found}",
            remedy="Use the version of crack_pipeline that wrote it, or train the model anew.",
        )


def read_model_info(content: Mapping[str, Any], *, task: Task | None = None) -> ModelInfo:
    """Check the content of ``model_info.json``.

    Args:
        content: The content.
        task: The task that the caller needs the model for; None for any.

    Returns:
        The typed facts.

    Raises:
        ParameterError: If a key is missing or wrong, the file is of a later version, or the model
            is of another task.

    >>> read_model_info({"task": "segmentation", "model": "unet", "tile_px": 256}).tile_px
    256
    """
    rule = "`model_info` must say how the model was trained."
    remedy = "Run `kedro run --pipeline=fit` to write the model and its facts anew."
    info = read_record(ModelInfo, content, rule=rule, remedy=remedy)
    require_format("model_info", info.format_version, FORMAT_VERSION)
    if task not in (None, info.task):
        raise ParameterError(
            "`task` must be the task that the model was trained for.",
            received=f"task={task}, model trained for {info.task}",
            remedy=f"Run with --params=task={info.task}, or train a model for {task} first.",
        )
    return info


def read_record(kind: type[_Record], content: object, *, rule: str, remedy: str) -> _Record:
    """Validate one of the files beside a model; problems are named key by key."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise ParameterError(rule, received=problems, remedy=remedy) from error
