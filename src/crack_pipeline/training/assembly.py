"""A training from its tiles and settings, and the facts of the model that it gives."""

from pathlib import Path
from typing import Any

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.runtimes import digest_network
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tiles.store import open_tile_store
from crack_pipeline.training.backend import backend_name, device_name, settle_precision
from crack_pipeline.training.fitting import TrainedModel
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.recipe import TrainingRecipe

_TILING_KEYS = ("manifest_digest", "tile_px", "overlap_px", "equalization")


def assemble_job(
    tile_store: dict[str, Any],
    model: Any,
    recipe: TrainingRecipe,
    policy: AugmentationPolicy | None,
) -> TrainingJob:
    """Put a training together.

    Args:
        tile_store: Handle of its tiles, from ``describe_store``.
        model: Settings of the network.
        recipe: How to train; ``precision: auto`` is settled for the device.
        policy: What augmentation may do; None for none.

    Returns:
        The job.
    """
    task = tile_store["task"]
    store = open_tile_store(Path(tile_store["path"]), tile_store["key"])
    return TrainingJob(task, store, model, settle_precision(task, recipe), policy)


def describe_start(job: TrainingJob) -> dict[str, str]:
    """Describe the network, backend and device of a training before its first step.

    Args:
        job: What is trained.

    Returns:
        Names of the model, the backend, the kind of device and the precision.
    """
    return {
        "model": job.model.name,
        "backend": backend_name(),
        "device": device_name(),
        "precision": job.recipe.precision,
    }


def describe_model(
    trained: TrainedModel,
    job: TrainingJob,
    tile_store: dict[str, Any],
    *,
    strategy: str = "none",
    run_id: str | None = None,
) -> ModelInfo:
    """Collect what belongs beside a saved model.

    Args:
        trained: The result of a training.
        job: What was trained.
        tile_store: Handle of its tiles; how they were cut is repeated in prediction.
        strategy: Distribution over devices.
        run_id: MLflow run of the training.

    Returns:
        The facts.
    """
    progress, recipe = trained.progress, job.recipe
    return ModelInfo(
        task=job.task,
        **describe_start(job),
        strategy=strategy,
        **{key: tile_store[key] for key in _TILING_KEYS},
        batch_size=recipe.batch_size,
        weights_digest=digest_network(trained.model),
        starting_weights=job.model.weights,
        tile_store_key=tile_store["key"],
        n_parameters=int(trained.model.count_params()),
        seed=recipe.seed,
        loss=recipe.loss if task_spec(job.task).loss is None else job.task,
        ema_momentum=recipe.ema_momentum,
        training_id=progress.training_id,
        epochs=len(progress.history),
        best_epoch=progress.best_epoch,
        best_value=progress.best_value,
        monitor=recipe.monitor,
        resumed_after_epoch=trained.resumed_at,
        unfinished_name=trained.unfinished_folder.name,
        history=progress.history,
        run_id=run_id,
    )
