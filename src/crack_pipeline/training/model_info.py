"""What prediction, evaluation and tracking must know of a trained model."""

from typing import Any

from crack_pipeline.training.backend import backend_name, device_name
from crack_pipeline.training.fitting import TrainedModel
from crack_pipeline.training.job import TrainingJob

_TILING_KEYS = ("manifest_digest", "tile_px", "overlap_px", "equalization")


def describe_start(job: TrainingJob) -> dict[str, str]:
    """What a training runs on, known before its first step.

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
    trained: TrainedModel, job: TrainingJob, tile_store: dict[str, Any]
) -> dict[str, Any]:
    """Collect what belongs beside a saved model.

    Args:
        trained: The result of a training.
        job: What was trained.
        tile_store: Handle of its tiles; how they were cut is repeated in prediction.

    Returns:
        JSON-ready: task, model, tiling, seed, backend, device, best epoch, history.
    """
    tiling = {key: tile_store[key] for key in _TILING_KEYS}
    return {
        "task": job.task,
        **describe_start(job),
        **tiling,
        "batch_size": job.recipe.batch_size,
        "tile_store_key": tile_store["key"],
        "n_parameters": int(trained.model.count_params()),
        "seed": job.recipe.seed,
        "loss": job.recipe.loss,
        "ema_momentum": job.recipe.ema_momentum,
        "training_id": trained.progress.training_id,
        "epochs": len(trained.progress.history),
        "best_epoch": trained.progress.best_epoch,
        "best_value": trained.progress.best_value,
        "monitor": job.recipe.monitor,
        "resumed_after_epoch": trained.resumed_at,
        "unfinished_path": str(trained.unfinished_folder),
        "history": trained.progress.history,
    }
