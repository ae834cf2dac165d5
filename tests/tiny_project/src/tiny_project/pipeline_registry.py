"""Pipelines that stand for ``preprocess``, ``fit`` and ``evaluate``."""

from pathlib import Path
from typing import Any, Literal

from kedro.pipeline import Node, Pipeline
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline import tracking
from crack_pipeline.errors import FollowerDoneError, TrainingError


class Recipe(BaseModel):
    """What one task trains with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(3, ge=1)
    optimizer: Literal["adam", "sgd"] = "adam"
    seed: int = 7


class TrainingParams(BaseModel):
    """What a training needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: Recipe = Recipe()
    classification: Recipe = Recipe()
    ends_with: Literal["success", "mistake", "bug", "interrupt", "follower", "deaf"] = "success"
    wait_for: str | None = None
    distribution: dict[str, int] = Field(default_factory=lambda: {"processes": 1})


class ModelParams(BaseModel):
    """Which network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: dict[str, str] = Field(default_factory=lambda: {"name": "line"})


def cut_tiles(task: str) -> dict[str, str]:
    """Stand for a tile store."""
    return {"path": "nowhere", "key": f"tiles of {task}", "manifest_digest": "d1ce"}


def fit_model(
    tile_store: dict[str, str], task: str, model: ModelParams, training: TrainingParams
) -> tuple[dict[str, Any], str]:
    """Stand for a training: a falling loss, then what ``ends_with`` asks for."""
    recipe = training.segmentation
    for epoch in range(1, recipe.epochs + 1):
        tracking.log_epoch({"epoch": epoch, "loss": 1 / epoch, "val_loss": 2 / epoch}, epoch)
        if epoch == 1 and training.wait_for is not None:
            _meet(Path(training.wait_for), is_deaf=training.ends_with == "deaf")
    if training.ends_with == "mistake":
        raise TrainingError("The loss must stay finite.", received="nan", remedy="Lower it.")
    if training.ends_with == "bug":
        raise ZeroDivisionError("a bug")
    if training.ends_with == "follower":
        raise FollowerDoneError(1)
    if training.ends_with == "interrupt":
        raise KeyboardInterrupt
    info = {
        "run_id": tracking.active_run_id(),
        "seed": recipe.seed,
        "backend": "none",
        "device": "cpu",
        "manifest_digest": tile_store["manifest_digest"],
    }
    return info, "a curve"


def _meet(path: Path, *, is_deaf: bool) -> None:
    """Wait until the file is gone; deaf as compiled code is, which Ctrl-C does not reach."""
    import time

    path.touch()
    while path.exists():
        try:
            time.sleep(0.05)
        except KeyboardInterrupt:
            if not is_deaf:
                raise


def evaluate_model(model_info: dict[str, Any]) -> dict[str, Any]:
    """Stand for an evaluation."""
    return {"test_f1_pooled": 0.75, "test_empty": None, "seed": model_info["seed"]}


def register_pipelines() -> dict[str, Pipeline]:
    """Build the pipelines."""
    preprocess = Pipeline([Node(cut_tiles, "params:task", "tile_store", name="cut_tiles")])
    fit = Pipeline(
        [
            Node(
                fit_model,
                ["tile_store", "params:task", "params:model", "params:training"],
                ["model_info", "learning_curve"],
                name="fit_model",
                tags="trains",
            )
        ]
    )
    evaluate = Pipeline(
        [Node(evaluate_model, "model_info", "metrics", name="evaluate_model", tags="attaches")]
    )
    stages = {
        name: Pipeline([stage], namespace=name, prefix_datasets_with_namespace=False)
        for name, stage in {"preprocess": preprocess, "fit": fit, "evaluate": evaluate}.items()
    }
    train = sum(stages.values(), Pipeline([]))
    return {**stages, "train": train, "__default__": train}
