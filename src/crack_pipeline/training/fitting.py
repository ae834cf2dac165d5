"""Train one model, in stages, going on where an unfinished training stopped."""

import logging
import uuid
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_pipeline.errors import TrainingError
from crack_pipeline.losses.formula import needs_skeleton, require_loss_fits
from crack_pipeline.storage import explain_write_errors
from crack_pipeline.training.averaging import averaging_callbacks
from crack_pipeline.training.backend import backend_name, seed_everything
from crack_pipeline.training.balancing import balance_classes
from crack_pipeline.training.batches import TrainingBatches, ValidationBatches
from crack_pipeline.training.callbacks import EpochReport, StateKeeper, StepProgress, StopOnNan
from crack_pipeline.training.checkpoint import (
    SavedState,
    TrainingProgress,
    load_state,
    restore_best,
    restore_model,
    restore_optimizer,
    save_state,
)
from crack_pipeline.training.checkpoint_folders import TrainingFolders, prepare_folder
from crack_pipeline.training.compiling import compile_model
from crack_pipeline.training.distribution import DistributionSettings, Part, spread
from crack_pipeline.training.exhaustion import explain_exhaustion
from crack_pipeline.training.job import Stage, TrainingJob, stages_of
from crack_pipeline.training.precision import computing_in
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.training.schedules import EpochWarmUp
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


@dataclass(frozen=True)
class TrainingContext:
    """What the stages of one training share.

    Attributes:
        job: What is trained, with class weights worked out.
        model: The network as it is trained, side outputs included.
        folders: Where it writes.
        progress: How far it has come; changed in place.
        report_epoch: Told of each epoch.
        part: What of each batch this process computes, and whether it writes.
    """

    job: TrainingJob
    model: keras.Model
    folders: TrainingFolders
    progress: TrainingProgress
    report_epoch: EpochReport
    part: Part


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
        TrainingError: If the loss is no number, memory is not enough, or a checkpoint is damaged
            or belongs to another job.
        ParameterError: If the model's parameters do not fit.
        WeightsError: If its starting weights cannot be had.
        StorageError: If checkpoints cannot be written.
    """
    recipe, key = job.recipe, job.key()
    require_loss_fits(job.task, recipe.loss)
    seed_everything(recipe.seed, deterministic=recipe.deterministic)
    own_folder = prepare_folder(folder, key[:16])
    state = load_state(own_folder, key)
    progress = state.progress if state else TrainingProgress(uuid.uuid4().hex, key)
    resumed_at = _report_resumed(progress, report_epoch)
    with explain_write_errors("Checkpoints must be writable while training.", own_folder):
        folders = TrainingFolders(own_folder, log_root / progress.training_id[:8])
        folders.logs.mkdir(parents=True, exist_ok=True)
        with (
            explain_exhaustion(job.task, recipe.batch_size),
            computing_in(recipe.precision),
            spread(distribution or DistributionSettings(), recipe.batch_size) as part,
        ):
            model = build_supervised(job.task, job.model, recipe, input_px=job.input_px)
            context = TrainingContext(
                balance_classes(job), model, folders, progress, report_epoch, part
            )
            _run_stages(context, state)
    kept = _best_model(job, own_folder, progress) if part.writes else model
    return TrainedModel(kept, progress, resumed_at, own_folder)


def _report_resumed(progress: TrainingProgress, report_epoch: EpochReport) -> int:
    resumed_at = len(progress.history)
    if resumed_at:
        logger.info("Going on with the unfinished training after epoch %d", resumed_at)
    for entry in progress.history:
        report_epoch(entry, int(entry["epoch"]))
    return resumed_at


def _run_stages(context: TrainingContext, state: SavedState | None) -> None:
    progress, model = context.progress, context.model
    stages = stages_of(context.job.recipe)
    if state is not None:
        restore_model(state, model)
    for number in range(progress.stage, len(stages)):
        stage = stages[number]
        if stage.unfreeze:
            unfreeze_layers(model)
        compile_model(
            model,
            stage.recipe,
            learning_rate=stage.recipe.learning_rate,
            epochs=stage.recipe.epochs,
            steps=context.job.steps_per_epoch,
        )
        if progress.epoch and state is not None:
            restore_optimizer(state, model)
        elif number > 0:
            _restore_stage_start(context)
        if progress.epoch < stage.recipe.epochs:
            _fit_stage(context, stage)
        progress.stage, progress.epoch, progress.callbacks = number + 1, 0, {}
        if context.part.writes:
            save_state(context.folders.state, progress, model)


def _restore_stage_start(context: TrainingContext) -> None:
    if context.part.count > 1:
        raise TrainingError(
            "A training on several machines has one stage.",
            received="training with fine_tuning.epochs above 0",
            remedy="Set fine_tuning.epochs: 0, and fine-tune from the saved model in a run of its "
            "own (`weights`).",
        )
    restore_best(context.folders.state, context.progress.best_epoch, context.model)


def _fit_stage(context: TrainingContext, stage: Stage) -> None:
    job, recipe, progress = context.job, stage.recipe, context.progress
    steps = job.steps_per_epoch
    first_step = len(progress.history) * steps
    context.model.fit(
        _training_batches(context, recipe, first_step),
        validation_data=ValidationBatches(
            job.store,
            batch_size=recipe.batch_size,
            with_skeleton=needs_skeleton(recipe.loss),
            part=context.part,
        ),
        epochs=recipe.epochs,
        initial_epoch=progress.epoch,
        steps_per_epoch=steps,
        shuffle=False,  # the batches come shuffled
        verbose=0,
        callbacks=_callbacks(context, recipe, first_step),
    )


def _training_batches(
    context: TrainingContext, recipe: TrainingRecipe, first_step: int
) -> TrainingBatches:
    return TrainingBatches(
        context.job.store,
        context.job.policy,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        first_step=first_step,
        crack_free_share=recipe.crack_free_share,
        with_skeleton=needs_skeleton(recipe.loss),
        part=context.part,
    )


def _callbacks(
    context: TrainingContext, recipe: TrainingRecipe, first_step: int
) -> list[keras.callbacks.Callback]:
    folders = context.folders
    stateful = _stateful_callbacks(recipe)
    keeper = StateKeeper(
        folders,
        context.progress,
        monitor=recipe.monitor,
        stateful=stateful,
        report_epoch=context.report_epoch,
        writes=context.part.writes,
    )
    return [
        StopOnNan(first_step, folders.state),
        StepProgress(context.job.steps_per_epoch, recipe.epochs),
        *averaging_callbacks(context.model),
        *_warm_up(recipe),
        *stateful,
        *_tensorboard(recipe, folders.logs),
        keeper,
    ]


def _warm_up(recipe: TrainingRecipe) -> list[keras.callbacks.Callback]:
    epochs = round(recipe.schedule.warmup_share * recipe.epochs)
    if recipe.schedule.name != "plateau" or not epochs:
        return []
    return [EpochWarmUp(recipe.learning_rate, epochs)]


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


def _best_model(job: TrainingJob, folder: Path, progress: TrainingProgress) -> keras.Model:
    # Built anew, so that the saved model carries neither optimiser nor compile state, and in
    # float32: other processors are slow at, or lack, what it was trained in.
    without_weights = job.model.model_copy(update={"weights": None})
    model = build_supervised(job.task, without_weights, job.recipe, input_px=job.input_px)
    restore_best(folder, progress.best_epoch, model)
    return final_part(model, job.recipe)
