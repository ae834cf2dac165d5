"""Train one model, in stages, going on where an unfinished training stopped."""

import logging
import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import keras

from crack_pipeline.augmentation.batches import MakeTargets, add_skeletons
from crack_pipeline.errors import TrainingError
from crack_pipeline.losses.formula import needs_skeleton
from crack_pipeline.models.builders import ModelSettings, build_model
from crack_pipeline.storage import explain_write_errors
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training import checkpoint
from crack_pipeline.training.averaging import averaging_callbacks
from crack_pipeline.training.backend import (
    backend_name,
    computing_in,
    feeding_threads,
    seed_everything,
)
from crack_pipeline.training.batches import PrefetchedBatches, TrainingBatches, ValidationBatches
from crack_pipeline.training.best_weights import assign_weights, read_best, restore_best
from crack_pipeline.training.callbacks import EpochReport, StateKeeper, StepProgress, StopOnNan
from crack_pipeline.training.checkpoint_folders import TrainingFolders, prepare_folder
from crack_pipeline.training.compiling import EpochWarmUp, compile_model
from crack_pipeline.training.distribution import (
    DistributionSettings,
    Part,
    require_same_job,
    share_arrays,
    spread,
)
from crack_pipeline.training.folder_lock import release_folder
from crack_pipeline.training.job import TrainingJob, stages_of
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.training.requirements import explain_out_of_memory, require_trainable
from crack_pipeline.types import Task

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
    progress: checkpoint.TrainingProgress
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
    try:
        return _train_in(own_folder, job, log_root, report_epoch, distribution)
    except BaseException:
        # After a success it stays held until ``close_training``: nobody shall begin anew before.
        release_folder(own_folder)
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
    progress = state.progress if state else checkpoint.TrainingProgress(uuid.uuid4().hex, key)
    resumed_at = _report_resumed(progress, report_epoch)
    folders = TrainingFolders(folder, log_root / progress.training_id[:8])
    with explain_write_errors("The log of a training needs a folder.", folders.logs):
        folders.logs.mkdir(parents=True, exist_ok=True)
    with (
        computing_in(recipe.precision),
        spread(distribution, recipe.batch_size) as part,
        explain_out_of_memory(job, part.multiple, accumulates=distribution.accumulates),
    ):
        model = build_supervised(job.task, job.model, recipe, input_px=job.input_px)
        context = TrainingContext(
            balance_classes(job), model, folders, progress, report_epoch, part
        )
        logger.info("The network is compiled at the first step, which may take a minute")
        run_stages(context, state)
    kept = _best_model(job, folder, progress.best_epoch) if part.writes else model
    return TrainedModel(kept, progress, resumed_at, folder)


def _load_shared_state(
    folder: Path, key: str, distribution: DistributionSettings
) -> checkpoint.SavedState | None:
    # Process 0 alone keeps checkpoints: where each went on from what it has, they would part.
    state = checkpoint.load_state(folder, key) if distribution.process == 0 else None
    if distribution.processes == 1:
        return state
    require_same_job(key)
    shared = share_arrays(None if state is None else checkpoint.pack_state(state))
    return None if shared is None else checkpoint.unpack_state(shared)


def _report_resumed(progress: checkpoint.TrainingProgress, report_epoch: EpochReport) -> int:
    resumed_at = len(progress.history)
    if resumed_at:
        logger.info("Going on with the unfinished training after epoch %d", resumed_at)
    for entry in progress.history:
        report_epoch(entry, int(entry["epoch"]))
    return resumed_at


def _best_model(job: TrainingJob, folder: Path, best_epoch: int) -> keras.Model:
    # Built anew, so that the saved model carries neither optimiser nor compile state, and in
    # float32: other processors are slow at, or lack, what it was trained in.
    without_weights = job.model.model_copy(update={"weights": None})
    model = build_supervised(job.task, without_weights, job.recipe, input_px=job.input_px)
    restore_best(folder, best_epoch, model)
    return final_part(model, job.recipe)


def balance_classes(job: TrainingJob) -> TrainingJob:
    """Work out the weight of crack in the cross-entropy, where the recipe asks for balance.

    Args:
        job: A training.

    Returns:
        The job with ``positive_weight`` set; the same one for ``class_weights: none``.

    Raises:
        TrainingError: If the train tiles show no crack, or nothing else.
    """
    if job.recipe.class_weights == "none":
        return job
    share = crack_share(job.store, crack_free_share=job.recipe.crack_free_share)
    if not 0 < share < 1:
        raise TrainingError(
            "Balanced class weights need both crack and background in the train tiles.",
            received=f"a crack share of {share:g}",
            remedy=f"Set training.{job.task}.class_weights: none, or correct the labels or "
            f"training.{job.task}.crack_free_share.",
        )
    settings = job.recipe.loss_settings
    weighted = settings.binary_crossentropy.model_copy(
        update={"positive_weight": (1 - share) / share}
    )
    changed = settings.model_copy(update={"binary_crossentropy": weighted})
    return replace(job, recipe=job.recipe.model_copy(update={"loss_settings": changed}))


def crack_share(store: TileStore, *, crack_free_share: float | None = None) -> float:
    """Share of the train pixels, or train photos, that show crack, as they are drawn.

    Args:
        store: A tile store.
        crack_free_share: Share of the drawn tiles that show no crack; None draws all alike.

    Returns:
        A number in [0, 1].
    """
    column = "label" if store.masks is None else "crack_share"
    shares = store.index[column].to_numpy(dtype=float)[store.rows_of("train")]
    if crack_free_share is None:
        return float(shares.mean())
    cracked = shares[shares > 0]
    return float(cracked.mean() * (1 - crack_free_share)) if cracked.size else 0.0


def build_supervised(
    task: Task, settings: ModelSettings, recipe: TrainingRecipe, *, input_px: int
) -> keras.Model:
    """Build a network as it is trained.

    Args:
        task: What it is for.
        settings: Which network.
        recipe: Whether side outputs are trained.
        input_px: Side of the input in px.

    Returns:
        A model with one output: (N, T, T, 1 + S) with S side outputs behind the final one, or
        the network's own.

    Raises:
        ParameterError: If side outputs are asked of a network without.
        WeightsError: If starting weights do not fit.
    """
    spec = task_spec(task)
    if spec.network is not None:
        return spec.part("network")(settings, input_px=input_px)
    sided = recipe.side_weight > 0
    model = build_model(task, settings, input_px=input_px, side_outputs=sided)
    if not sided:
        return model
    joined = keras.layers.Concatenate(dtype="float32", name="all_depths")(model.outputs)
    return keras.Model(model.inputs[0], joined, name=model.name)


def final_part(supervised: keras.Model, recipe: TrainingRecipe) -> keras.Model:
    """The part of a trained network that is kept: input to final crack probability.

    Args:
        supervised: From ``build_supervised``.
        recipe: The same.

    Returns:
        A model of the same weights, without the joint and the side outputs.
    """
    if recipe.side_weight == 0:
        return supervised
    final = supervised.get_layer("all_depths").input[0]
    return keras.Model(supervised.inputs[0], final, name=supervised.name)


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
    progress: checkpoint.TrainingProgress
    report_epoch: EpochReport
    part: Part


def run_stages(context: TrainingContext, state: checkpoint.SavedState | None) -> None:
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
        checkpoint.restore_model(state, model)
    for number in range(progress.stage, len(stages)):
        recipe = stages[number]
        if number > 0:
            unfreeze_layers(model)
        compile_model(
            model,
            recipe,
            task=context.job.task,
            learning_rate=recipe.learning_rate,
            epochs=recipe.epochs,
            steps=context.job.steps_per_epoch,
        )
        if progress.epoch and state is not None:
            checkpoint.restore_optimizer(state, model)
        elif number > 0:
            _return_to_best(context)
        if progress.epoch < recipe.epochs:
            _fit_stage(context, recipe)
        progress.stage, progress.epoch, progress.callbacks = number + 1, 0, {}
        if context.part.writes:
            checkpoint.save_state(context.folders.state, progress, model)


def _return_to_best(context: TrainingContext) -> None:
    folder, epoch = context.folders.state, context.progress.best_epoch
    weights = read_best(folder, epoch) if context.part.writes else None
    if context.part.count > 1:
        weights = share_arrays(weights)
    assign_weights(context.model, weights or {})


def _fit_stage(context: TrainingContext, recipe: TrainingRecipe) -> None:
    job, progress, part = context.job, context.progress, context.part
    first_step = len(progress.history) * job.steps_per_epoch
    targets = _make_targets(job.task, recipe)
    batches = TrainingBatches(
        job.store,
        job.policy,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        first_step=first_step,
        crack_free_share=recipe.crack_free_share,
        targets=targets,
        part=part,
    )
    validation = ValidationBatches(
        job.store, batch_size=recipe.batch_size, targets=targets, part=part
    )
    with closing(PrefetchedBatches(batches, threads=feeding_threads())) as fed:
        context.model.fit(
            fed,
            validation_data=validation,
            epochs=recipe.epochs,
            initial_epoch=progress.epoch,
            steps_per_epoch=job.steps_per_epoch,
            shuffle=False,  # the batches come shuffled
            verbose=0,
            callbacks=_callbacks(context, recipe, first_step),
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
    folders, writes, schedule = context.folders, context.part.writes, recipe.schedule
    mode = "min" if "loss" in recipe.monitor else "max"
    warmup_epochs = round(schedule.warmup_share * recipe.epochs)
    warm_up: list[keras.callbacks.Callback] = []
    stateful: list[keras.callbacks.Callback] = []
    logs: list[keras.callbacks.Callback] = []
    if recipe.early_stopping_epochs is not None:
        patience = recipe.early_stopping_epochs
        stateful.append(keras.callbacks.EarlyStopping(recipe.monitor, mode=mode, patience=patience))
    if schedule.name == "plateau":
        patience, factor = schedule.patience_epochs, schedule.factor
        stateful.append(
            keras.callbacks.ReduceLROnPlateau(
                recipe.monitor, mode=mode, factor=factor, patience=patience
            )
        )
        if warmup_epochs:
            warm_up.append(EpochWarmUp(recipe.learning_rate, warmup_epochs))
    if recipe.tensorboard and backend_name() == "tensorflow":
        logs.append(keras.callbacks.TensorBoard(folders.logs / "tensorboard", write_graph=False))
    keeper = StateKeeper(
        folders,
        context.progress,
        monitor=recipe.monitor,
        stateful=stateful,
        report_epoch=context.report_epoch,
        writes=writes,
    )
    return [
        StopOnNan(first_step, folders.state, writes=writes),
        StepProgress(context.job.steps_per_epoch, recipe.epochs),
        *averaging_callbacks(context.model),
        *warm_up,
        *stateful,
        *logs,
        keeper,
    ]


def unfreeze_layers(model: keras.Model) -> None:
    """Let every layer learn, whatever was frozen before."""
    # On TensorFlow, assigning the value that an attribute has already does not reach its setter,
    # so inner layers would stay frozen: the change must be a change.
    model.trainable = False
    model.trainable = True
