"""What must be known of a trained model to predict with it."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.images.equalization import Equalization
from crack_pipeline.types import Task


class ModelInfo(BaseModel):
    """The facts that training writes beside a model; other keys are left alone.

    Attributes:
        task: What the model was trained to do.
        model: Name of its architecture.
        tile_px: Side of its square input in px.
        overlap_px: Least overlap of neighbouring tiles in px; None for classification.
        equalization: Histogram equalisation of each photo before the model sees it.
        batch_size: Most tiles or photos that are predicted at once.
        manifest_digest: Digest of the manifest that it learnt from.
        run_id: MLflow run of its training.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    task: Task
    model: str
    tile_px: int = Field(ge=1)
    overlap_px: int | None = Field(None, ge=0)
    equalization: Equalization = "none"
    batch_size: int = Field(8, ge=1)
    manifest_digest: str | None = None
    run_id: str | None = None


def read_model_info(model_info: Mapping[str, Any], *, task: Task) -> ModelInfo:
    """Check what training wrote beside a model.

    Args:
        model_info: The content of ``model_info.json``.
        task: What the caller needs the model for.

    Returns:
        The typed facts.

    Raises:
        ParameterError: If a key is missing or wrong, or the model is of another task.
    """
    try:
        info = ModelInfo.model_validate(dict(model_info))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise ParameterError(
            "`model_info` must say how the model was trained.",
            received=problems,
            remedy="Run `kedro run --pipeline=fit` to write the model and its facts anew.",
        ) from error
    if info.task != task:
        raise ParameterError(
            "`task` must be the task that the model was trained for.",
            received=f"task={task}, model trained for {info.task}",
            remedy=f"Run with --params=task={info.task}, or train a model for {task} first.",
        )
    return info
