"""Nodes of the ``fit`` stage. Keras is imported inside them: listing pipelines needs no network."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline import tracking
from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.errors import FollowerDoneError, StorageError
from crack_pipeline.figures.curves import draw_learning_curve
from crack_pipeline.pipelines.params import ModelParams, TrainingParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.training.checkpoint_folders import close_training
from crack_pipeline.training.distribution import leave_processes
from crack_pipeline.training.start import start_keras
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)


def fit_model(
    tile_store: dict[str, Any],
    augmentation_plan: dict[str, Any],
    task: Task,
    model: ModelParams,
    training: TrainingParams,
) -> tuple[Any, dict[str, Any]]:
    """Train the network, or go on with an unfinished training of the same job.

    Args:
        tile_store: Handle of the tiles.
        augmentation_plan: What augmentation may do to them.
        task: What the network is for.
        model: Which network.
        training: How to train it.

    Returns:
        The trained model and its facts.

    Raises:
        StorageError: If the plan was made for other tiles.
        FollowerDoneError: In a process that helps process 0, which alone goes on.
    """
    if augmentation_plan["tile_store_key"] != tile_store["key"]:
        raise StorageError(
            "The plan of augmentation must be made for the tiles that are trained on.",
            received="a plan that was made for other tiles",
            remedy="Run `kedro run --pipeline=augment`, with the same --env and --params.",
        )
    start_keras(training.distribution)
    from crack_pipeline.training.assembly import assemble_job, describe_model, describe_start
    from crack_pipeline.training.fitting import train_model

    policy = AugmentationPolicy.model_validate(augmentation_plan["policy"])
    job = assemble_job(
        tile_store,
        model.for_task(task),
        training.for_task(task),
        policy if augmentation_plan["enabled"] else None,
    )
    start = {**describe_start(job), "strategy": training.distribution.strategy}
    chosen = [f"{name} {value}" for name, value in start.items() if value != "none"]
    logger.info("Training with %s", ", ".join(chosen))
    tracking.tag_run(start)
    trained = train_model(
        job,
        in_project(training.unfinished_path),
        log_root=in_project(training.log_path),
        report_epoch=tracking.log_epoch,
        distribution=training.distribution,
    )
    leave_processes(training.distribution)
    if training.distribution.process > 0:
        raise FollowerDoneError(training.distribution.process)
    info = describe_model(
        trained,
        job,
        tile_store,
        strategy=training.distribution.strategy,
        run_id=tracking.active_run_id(),
    )
    return trained.model, info.model_dump()


def summarize_training(
    model_info: dict[str, Any], dataset: str, training: TrainingParams
) -> tuple[list[dict[str, int | float]], Figure]:
    """Draw the learning curve; then remove the checkpoints, since model and info are saved.

    Args:
        model_info: From ``fit_model``.
        dataset: Name of the data set, for the title.
        training: Where the checkpoints are.

    Returns:
        The history, one entry an epoch, and the figure.
    """
    info = read_model_info(model_info)
    figure = draw_learning_curve(
        pd.DataFrame(info.history),
        best_epoch=info.best_epoch or 0,
        title=f"{info.model} on {dataset}, {info.n_parameters:,} parameters",
    )
    if info.unfinished_name is not None:
        close_training(in_project(training.unfinished_path) / info.unfinished_name)
    return info.history, figure
