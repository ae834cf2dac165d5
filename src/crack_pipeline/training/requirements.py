"""Refusals before a training starts, and the explanation where it runs out of memory."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.losses.formula import parse_loss, require_loss_fits
from crack_pipeline.memory import is_out_of_memory
from crack_pipeline.task_specs import task_spec
from crack_pipeline.training.batches import show_crack
from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.job import TrainingJob, stages_of
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Split

logger = logging.getLogger(__name__)

_CRACK_FREE = (
    "Correct the masks (crack is 255 or 1 in them; see ingestion.json), add photos with crack, or "
    "divide them otherwise with ingestion.splitting.seed."
)


def require_trainable(job: TrainingJob, distribution: DistributionSettings | None = None) -> None:
    """Check that tiles and recipe can train a network.

    Args:
        job: A training.
        distribution: Several devices or machines; None for one device.

    Raises:
        TrainingError: If a part of the tiles is empty, shows no crack or, for classification,
            nothing else.
        ParameterError: If the recipe cannot be done on them, or not on such devices.
    """
    for split in ("train", "validation"):
        _require_both_kinds(job, split)
    _require_steps(job)
    if distribution is not None:
        _require_accumulation(job, distribution)


def _require_both_kinds(job: TrainingJob, split: Split) -> None:
    is_cracked = show_crack(job.store)[job.store.rows_of(split)]
    n_tiles, n_cracked = len(is_cracked), int(is_cracked.sum())
    if n_tiles == 0:
        raise TrainingError(
            "Training needs tiles to learn from, and others to validate with.",
            received=f"no {split} tile",
            remedy="Add photos, or change ingestion.splitting.",
        )
    truth = task_spec(job.task).truth
    if truth == "labels" and n_cracked in (0, n_tiles):
        raise TrainingError(
            f"{job.task.capitalize()} needs photos of both classes in train and in validation.",
            received=f"{n_cracked} of {n_tiles} {split} photos show crack",
            remedy="Add photos of the other class, or change ingestion.splitting.",
        )
    if truth != "masks" or n_cracked > 0:
        return
    if split == "train":
        raise TrainingError(
            f"{job.task.capitalize()} needs crack in the train masks: without any, black is the "
            "best answer.",
            received=f"{n_tiles} train tiles, none of them with crack",
            remedy=_CRACK_FREE,
        )
    logger.warning(
        "None of %d validation tiles shows crack: the best epoch means little. %s",
        n_tiles,
        _CRACK_FREE,
    )


def _require_steps(job: TrainingJob) -> None:
    n_tiles, recipe = len(job.store.rows_of("train")), job.recipe
    if task_spec(job.task).truth == "labels" and recipe.crack_free_share == 0:
        raise ParameterError(
            "A classifier must be shown photos without crack, too.",
            received=f"training.{job.task}.crack_free_share: 0",
            remedy="Set it above 0, or to null to draw all photos alike.",
        )
    if recipe.batch_size > n_tiles:
        logger.warning(
            "training.%s.batch_size=%d is more than the %d train tiles: each batch holds some "
            "of them twice",
            job.task,
            recipe.batch_size,
            n_tiles,
        )
    for stage in stages_of(recipe):
        require_loss_fits(job.task, stage.loss)
        _require_whole_pools(job, stage)
        n_batches = job.steps_per_epoch * stage.epochs
        if n_batches < recipe.accumulation_steps:
            raise ParameterError(
                f"training.{job.task}.accumulation_steps must not exceed the batches of a stage, "
                "or the weights never change.",
                received=f"{recipe.accumulation_steps}, with {job.steps_per_epoch} batches an "
                f"epoch and {stage.epochs} epochs",
                remedy=f"Set it to {n_batches} or less, or train longer.",
            )


def _require_accumulation(job: TrainingJob, distribution: DistributionSettings) -> None:
    steps, size = job.recipe.accumulation_steps, job.recipe.batch_size
    if steps == 1 or distribution.accumulates:
        return
    raise ParameterError(
        "training.distribution.strategy=mirrored cannot accumulate gradients.",
        received=f"training.{job.task}.accumulation_steps={steps}",
        remedy=f"Set it to 1, with training.{job.task}.batch_size={steps * size} for steps of the "
        "same size; or train with data_parallel on JAX, which can.",
    )


def _require_whole_pools(job: TrainingJob, recipe: TrainingRecipe) -> None:
    # Pooling passes over what is left at the right and the bottom, and so would the loss.
    factor = recipe.loss_settings.soft_cldice.downsample
    named = any(term.name == "soft_cldice" for term in parse_loss(recipe.loss))
    if named and job.input_px % factor:
        raise ParameterError(
            "soft_cldice.downsample must divide the side of the tiles.",
            received=f"{factor} with preprocessing.{job.task}.tile_px={job.input_px}",
            remedy="Set it to 1, 2, 4 or 8.",
        )


@contextmanager
def explain_out_of_memory(
    job: TrainingJob, multiple: int = 1, *, accumulates: bool = True
) -> Iterator[None]:
    """Turn a backend's lack of memory into an error that says which batch size to try.

    Args:
        job: What is trained.
        multiple: Number of devices that share a batch: its size must be a multiple of it.
        accumulates: Whether gradients can be accumulated over batches.

    Raises:
        TrainingError: In place of an error of lacking memory; others pass.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            "A batch and what the network computes from it must fit into memory.",
            received=f"training.{job.task}.batch_size={job.recipe.batch_size}; "
            f"{type(error).__name__}",
            remedy=_remedy(job, multiple, accumulates=accumulates),
        ) from error


def _remedy(job: TrainingJob, multiple: int, *, accumulates: bool) -> str:
    recipe, prefix = job.recipe, f"training.{job.task}."
    others = (
        f"Lower preprocessing.{job.task}.tile_px, choose a smaller network, or train on a machine "
        "with more memory"
    )
    if recipe.batch_size <= multiple:  # a tile on each device
        return f"{others}."
    if not accumulates:
        smaller = recipe.batch_size // 2 // multiple * multiple
        return (
            f"{others}; or try {prefix}batch_size={smaller}, whose smaller steps train otherwise."
        )
    # The batch divides among the devices, so at the latest a tile on each of them is found.
    tiles_a_step = recipe.batch_size * recipe.accumulation_steps
    sizes = range(recipe.batch_size // 2 // multiple * multiple, 0, -multiple)
    smaller = next(size for size in sizes if tiles_a_step % size == 0)
    settings = {"batch_size": smaller, "accumulation_steps": tiles_a_step // smaller}
    if recipe.steps_per_epoch is not None or _too_few_batches(job, **settings):
        settings["steps_per_epoch"] = -(-job.steps_per_epoch * recipe.batch_size // smaller)
    named = ", ".join(f"{prefix}{name}={value}" for name, value in settings.items())
    return f"Try {named} together: a step is of {tiles_a_step} tiles, as before."


def _too_few_batches(job: TrainingJob, batch_size: int, accumulation_steps: int) -> bool:
    # Where a batch holds more tiles than there are, smaller ones make no more batches of them.
    smaller = replace(job, recipe=job.recipe.model_copy(update={"batch_size": batch_size}))
    epochs = min(stage.epochs for stage in stages_of(job.recipe))
    return smaller.steps_per_epoch * epochs < accumulation_steps
