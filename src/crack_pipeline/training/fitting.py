"""Train one model, in stages, going on where an unfinished training stopped."""

import hashlib
import json
import logging
import uuid
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.models.builders import ModelSettings, build_model
from crack_pipeline.storage import explain_write_errors
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.backend import backend_name, seed_everything
from crack_pipeline.training.batches import TrainingBatches, ValidationBatches
from crack_pipeline.training.callbacks import EpochReport, StateKeeper, StepProgress, StopOnNan
from crack_pipeline.training.checkpoint import (
    TrainingProgress,
    load_progress,
    restore_best,
    restore_variables,
    save_state,
)
from crack_pipeline.training.checkpoint_folders import TrainingFolders, prepare_folder
from crack_pipeline.training.compiling import compile_model, count_steps
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)

_CODE_THAT_DECIDES = ("augmentation", "losses", "models", "tiles", "training")


@dataclass(frozen=True)
class TrainingJob:
    """All that decides the result of a training.

    Attributes:
        task: What the model is for.
        store: Its tiles.
        model: Which network.
        recipe: How it is trained.
        policy: What augmentation may do; None for none.
    """

    task: Task
    store: TileStore
    model: ModelSettings
    recipe: TrainingRecipe
    policy: AugmentationPolicy | None

    @property
    def input_px(self) -> int:
        """Side of the model's input in px."""
        return int(self.store.tiles.shape[1])

    def key(self) -> str:
        """Digest of data, parameters, code and backend; equal keys train the same model."""
        parts = {
            "task": self.task,
            "store": self.store.key,
            "model": self.model.model_dump(),
            "recipe": self.recipe.model_dump(),
            "policy": None if self.policy is None else self.policy.model_dump(),
            "code": _digest_code(),
            "backend": backend_name(),
            "keras": keras.__version__,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Stage:
    """One stage of a training: its number of epochs, rate, and whether all layers learn."""

    epochs: int
    learning_rate: float
    unfreeze: bool


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
) -> TrainedModel:
    """Train a model, or go on with an unfinished training of the same job.

    Args:
        job: What to train, on what, how.
        folder: Where unfinished trainings of this data set and task are kept.
        log_root: Where each training gets a folder for its CSV log and TensorBoard files.
        report_epoch: Told of each epoch, those of an interrupted process included.

    Returns:
        The trained model.

    Raises:
        TrainingError: If the loss is no number, or a checkpoint is damaged.
        ParameterError: If the model's parameters do not fit.
        WeightsError: If its starting weights cannot be had.
        StorageError: If checkpoints cannot be written.
    """
    seed_everything(job.recipe.seed, deterministic=job.recipe.deterministic)
    model = build_model(job.task, job.model, input_px=job.input_px)
    own_folder = prepare_folder(folder, job.key()[:16])
    progress = load_progress(own_folder)
    if progress is None:
        progress = TrainingProgress(training_id=uuid.uuid4().hex)
    resumed_at = len(progress.history)
    if resumed_at:
        logger.info("Going on with the unfinished training after epoch %d", resumed_at)
        for entry in progress.history:
            report_epoch(entry, int(entry["epoch"]))
    with explain_write_errors("Checkpoints must be writable while training.", own_folder):
        folders = TrainingFolders(own_folder, log_root / progress.training_id[:8])
        folders.logs.mkdir(parents=True, exist_ok=True)
        _run_stages(model, job, folders, progress, report_epoch=report_epoch)
    return TrainedModel(_best_model(job, own_folder), progress, resumed_at, own_folder)


def stages_of(recipe: TrainingRecipe) -> list[Stage]:
    """Stages of a recipe: training, then fine-tuning where it has epochs."""
    stages = [Stage(recipe.epochs, recipe.learning_rate, unfreeze=False)]
    if recipe.fine_tuning.epochs:
        fine_tuning = recipe.fine_tuning
        stages.append(Stage(fine_tuning.epochs, fine_tuning.learning_rate, unfreeze=True))
    return stages


def _run_stages(
    model: keras.Model,
    job: TrainingJob,
    folders: TrainingFolders,
    progress: TrainingProgress,
    *,
    report_epoch: EpochReport,
) -> None:
    stages = stages_of(job.recipe)
    steps = count_steps(len(job.store.rows_of("train")), job.recipe)
    for number in range(progress.stage, len(stages)):
        stage = stages[number]
        if stage.unfreeze:
            unfreeze_layers(model)
        compile_model(
            model,
            job.recipe,
            learning_rate=stage.learning_rate,
            epochs=stage.epochs,
            steps=steps,
        )
        if progress.epoch:
            restore_variables(folders.state, model)
        elif number > 0:
            restore_best(folders.state, model)
        if progress.epoch < stage.epochs:
            _fit_stage(model, job, folders, progress, report_epoch=report_epoch)
        progress.stage, progress.epoch, progress.callbacks = number + 1, 0, {}
        save_state(folders.state, progress, model)


def _fit_stage(
    model: keras.Model,
    job: TrainingJob,
    folders: TrainingFolders,
    progress: TrainingProgress,
    *,
    report_epoch: EpochReport,
) -> None:
    recipe = job.recipe
    stage = stages_of(recipe)[progress.stage]
    steps = count_steps(len(job.store.rows_of("train")), recipe)
    first_step = len(progress.history) * steps
    batches = TrainingBatches(
        job.store,
        job.policy,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        first_step=first_step,
    )
    stateful = _stateful_callbacks(recipe)
    keeper = StateKeeper(
        folders, progress, monitor=recipe.monitor, stateful=stateful, report_epoch=report_epoch
    )
    model.fit(
        batches,
        validation_data=ValidationBatches(job.store, batch_size=recipe.batch_size),
        epochs=stage.epochs,
        initial_epoch=progress.epoch,
        steps_per_epoch=steps,
        shuffle=False,  # the batches come shuffled
        verbose=0,
        callbacks=[
            StopOnNan(first_step),
            StepProgress(steps, stage.epochs),
            *stateful,
            *_tensorboard(recipe, folders.logs),
            keeper,
        ],
    )


def _stateful_callbacks(recipe: TrainingRecipe) -> list[keras.callbacks.Callback]:
    mode = "min" if "loss" in recipe.monitor else "max"
    callbacks: list[keras.callbacks.Callback] = []
    if recipe.early_stopping_epochs is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                recipe.monitor, mode=mode, patience=recipe.early_stopping_epochs
            )
        )
    if recipe.schedule.name == "plateau":
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                recipe.monitor,
                mode=mode,
                factor=recipe.schedule.factor,
                patience=recipe.schedule.patience_epochs,
            )
        )
    return callbacks


def _tensorboard(recipe: TrainingRecipe, folder: Path) -> list[keras.callbacks.Callback]:
    if not recipe.tensorboard or backend_name() != "tensorflow":
        return []
    return [keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False)]


def unfreeze_layers(model: keras.Model) -> None:
    """Let every layer learn, whatever was frozen before."""
    # On TensorFlow, assigning the value that an attribute has already does not reach its setter,
    # so inner layers would stay frozen: the change must be a change.
    model.trainable = False
    model.trainable = True


def _best_model(job: TrainingJob, folder: Path) -> keras.Model:
    # Built anew, so that the saved model carries neither optimiser nor compile state.
    without_weights = job.model.model_copy(update={"weights": None})
    model = build_model(job.task, without_weights, input_px=job.input_px)
    restore_best(folder, model)
    return model


def _digest_code() -> str:
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for name in _CODE_THAT_DECIDES:
        for path in sorted((package / name).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
