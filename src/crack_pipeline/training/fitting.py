"""Train one model, in stages, going on where an unfinished training stopped."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_pipeline.storage import explain_write_errors
from crack_pipeline.training.backend import seed_everything
from crack_pipeline.training.balancing import balance_classes
from crack_pipeline.training.best_weights import restore_best
from crack_pipeline.training.callbacks import EpochReport
from crack_pipeline.training.checkpoint import (
    SavedState,
    TrainingProgress,
    load_state,
    pack_state,
    unpack_state,
)
from crack_pipeline.training.checkpoint_folders import TrainingFolders, prepare_folder
from crack_pipeline.training.distribution import DistributionSettings, spread
from crack_pipeline.training.exhaustion import explain_exhaustion
from crack_pipeline.training.folder_lock import release_folder
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.precision import computing_in
from crack_pipeline.training.processes import require_same_job, share_arrays
from crack_pipeline.training.requirements import require_trainable
from crack_pipeline.training.stages import TrainingContext, run_stages
from crack_pipeline.training.supervision import build_supervised, final_part

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedModel:
    """The result of a training.

    Attributes:
        model: The network with the weights of the best epoch, without optimiser.
        progress: History and best epoch.
        resumed_at: Epochs that an earlier, interrupted process had done; 0 for none.
        unfinished_folder: Its checkpoints; for ``close_training`` once the model is saved.
    """

    model: keras.Model
    progress: TrainingProgress
    resumed_at: int
    unfinished_folder: Path


def train_model(
    job: TrainingJob,
    folder: Path,
    *,
    log_root: Path,
    report_epoch: EpochReport,
    distribution: DistributionSettings | None = None,
) -> TrainedModel:
    """Train a model, or go on with an unfinished training of the same job.

    Args:
        job: What to train, on what, how.
        folder: Where unfinished trainings of this data set and task are kept.
        log_root: Where each training gets a folder for its CSV log and TensorBoard files.
        report_epoch: Told of each epoch, those of an interrupted process included.
        distribution: Several devices or machines; None for one device.

    Returns:
        The trained model; it computes in float32, whatever it was trained in.

    Raises:
        TrainingError: If the tiles teach nothing, the loss is no number, memory is not enough, a
            checkpoint is damaged or belongs to another job, another process does the same
            training, or the machines differ in theirs.
        ParameterError: If the parameters of model or recipe do not fit.
        WeightsError: If its starting weights cannot be had.
        StorageError: If checkpoints or the log cannot be written.
    """
    distribution = distribution or DistributionSettings()
    require_trainable(job, distribution)
    seed_everything(job.recipe.seed, deterministic=job.recipe.deterministic)
    own_folder = prepare_folder(folder, job.key()[:16], writes=distribution.process == 0)
    with _released_on_failure(own_folder):
        return _train_in(own_folder, job, log_root, report_epoch, distribution)


@contextmanager
def _released_on_failure(folder: Path) -> Iterator[None]:
    # After a success it stays held until ``close_training``: nobody shall begin anew before.
    try:
        yield
    except BaseException:
        release_folder(folder)
        raise


def _train_in(
    folder: Path,
    job: TrainingJob,
    log_root: Path,
    report_epoch: EpochReport,
    distribution: DistributionSettings,
) -> TrainedModel:
    recipe, key = job.recipe, job.key()
    state = _load_shared_state(folder, key, distribution)
    progress = state.progress if state else TrainingProgress(uuid.uuid4().hex, key)
    resumed_at = _report_resumed(progress, report_epoch)
    folders = TrainingFolders(folder, log_root / progress.training_id[:8])
    with explain_write_errors("The log of a training needs a folder.", folders.logs):
        folders.logs.mkdir(parents=True, exist_ok=True)
    with (
        computing_in(recipe.precision),
        spread(distribution, recipe.batch_size) as part,
        explain_exhaustion(job, part.multiple, accumulates=distribution.accumulates),
    ):
        model = build_supervised(job.task, job.model, recipe, input_px=job.input_px)
        context = TrainingContext(
            balance_classes(job), model, folders, progress, report_epoch, part
        )
        logger.info("The network is compiled at the first step, which may take a minute")
        run_stages(context, state)
    kept = _best_model(job, folder, progress) if part.writes else model
    return TrainedModel(kept, progress, resumed_at, folder)


def _load_shared_state(
    folder: Path, key: str, distribution: DistributionSettings
) -> SavedState | None:
    # Process 0 alone keeps checkpoints: where each went on from what it has, they would part.
    state = load_state(folder, key) if distribution.process == 0 else None
    if distribution.processes == 1:
        return state
    require_same_job(key)
    shared = share_arrays(None if state is None else pack_state(state))
    return None if shared is None else unpack_state(shared)


def _report_resumed(progress: TrainingProgress, report_epoch: EpochReport) -> int:
    resumed_at = len(progress.history)
    if resumed_at:
        logger.info("Going on with the unfinished training after epoch %d", resumed_at)
    for entry in progress.history:
        report_epoch(entry, int(entry["epoch"]))
    return resumed_at


def _best_model(job: TrainingJob, folder: Path, progress: TrainingProgress) -> keras.Model:
    # Built anew, so that the saved model carries neither optimiser nor compile state, and in
    # float32: other processors are slow at, or lack, what it was trained in.
    without_weights = job.model.model_copy(update={"weights": None})
    model = build_supervised(job.task, without_weights, job.recipe, input_px=job.input_px)
    restore_best(folder, progress.best_epoch, model)
    return final_part(model, job.recipe)
