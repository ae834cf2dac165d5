"""The stages of a training: compile, fit, and the callbacks of each."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_pipeline.augmentation.batches import MakeTargets, add_skeletons
from crack_pipeline.losses.formula import needs_skeleton
from crack_pipeline.task_specs import task_spec
from crack_pipeline.training.averaging import averaging_callbacks
from crack_pipeline.training.backend import backend_name, feeding_threads
from crack_pipeline.training.batches import PrefetchedBatches, TrainingBatches, ValidationBatches
from crack_pipeline.training.best_weights import assign_weights, read_best
from crack_pipeline.training.callbacks import EpochReport, StateKeeper, StepProgress, StopOnNan
from crack_pipeline.training.checkpoint import (
    SavedState,
    TrainingProgress,
    restore_model,
    restore_optimizer,
    save_state,
)
from crack_pipeline.training.checkpoint_folders import TrainingFolders
from crack_pipeline.training.compiling import EpochWarmUp, compile_model
from crack_pipeline.training.distribution import Part
from crack_pipeline.training.job import Stage, TrainingJob, stages_of
from crack_pipeline.training.processes import share_arrays
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task


@dataclass(frozen=True)
class TrainingContext:
    """State that the stages of one training share.

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


def run_stages(context: TrainingContext, state: SavedState | None) -> None:
    """Do the stages that are not done, going on within the first of them.

    Args:
        context: The training; its progress changes as epochs end.
        state: What an interrupted process left; None begins anew.

    Raises:
        TrainingError: If the loss is no number, or a checkpoint does not fit.
        StorageError: If checkpoints or the log cannot be written.
    """
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
            task=context.job.task,
            learning_rate=stage.recipe.learning_rate,
            epochs=stage.recipe.epochs,
            steps=context.job.steps_per_epoch,
        )
        if progress.epoch and state is not None:
            restore_optimizer(state, model)
        elif number > 0:
            _return_to_best(context)
        if progress.epoch < stage.recipe.epochs:
            _fit_stage(context, stage)
        progress.stage, progress.epoch, progress.callbacks = number + 1, 0, {}
        if context.part.writes:
            save_state(context.folders.state, progress, model)


def _return_to_best(context: TrainingContext) -> None:
    folder, epoch = context.folders.state, context.progress.best_epoch
    weights = read_best(folder, epoch) if context.part.writes else None
    if context.part.count > 1:
        weights = share_arrays(weights)
    assign_weights(context.model, weights or {})


def _fit_stage(context: TrainingContext, stage: Stage) -> None:
    job, recipe, progress = context.job, stage.recipe, context.progress
    steps = job.steps_per_epoch
    first_step = len(progress.history) * steps
    batches = _training_batches(context, recipe, first_step)
    with closing(PrefetchedBatches(batches, threads=feeding_threads())) as fed:
        context.model.fit(
            fed,
            validation_data=ValidationBatches(
                job.store,
                batch_size=recipe.batch_size,
                targets=_make_targets(job.task, recipe),
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
        targets=_make_targets(context.job.task, recipe),
        part=context.part,
    )


def _make_targets(task: Task, recipe: TrainingRecipe) -> MakeTargets | None:
    spec = task_spec(task)
    if spec.targets is not None:
        own: MakeTargets = spec.part("targets")
        return own
    return add_skeletons if needs_skeleton(recipe.loss) else None


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
        StopOnNan(first_step, folders.state, writes=context.part.writes),
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
