"""Out of memory while training: which sizes to try, so that the steps stay what they were."""

from collections.abc import Iterator
from contextlib import contextmanager

from crack_pipeline.errors import TrainingError
from crack_pipeline.memory import is_out_of_memory
from crack_pipeline.training.compiling import count_steps
from crack_pipeline.training.job import TrainingJob, stages_of


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
    smaller = _smaller_batch(recipe.batch_size, recipe.accumulation_steps, multiple)
    tiles_a_step = recipe.batch_size * recipe.accumulation_steps
    settings = {"batch_size": smaller, "accumulation_steps": tiles_a_step // smaller}
    if recipe.steps_per_epoch is not None or _too_few_batches(job, **settings):
        settings["steps_per_epoch"] = -(-job.steps_per_epoch * recipe.batch_size // smaller)
    named = ", ".join(f"{prefix}{name}={value}" for name, value in settings.items())
    return f"Try {named} together: a step is of {tiles_a_step} tiles, as before."


def _smaller_batch(batch_size: int, accumulation_steps: int, multiple: int) -> int:
    # The batch divides among the devices, so at the latest a tile on each of them is found.
    largest = batch_size // 2 // multiple * multiple
    sizes = range(largest, 0, -multiple)
    return next(size for size in sizes if batch_size * accumulation_steps % size == 0)


def _too_few_batches(job: TrainingJob, batch_size: int, accumulation_steps: int) -> bool:
    # Where a batch holds more tiles than there are, smaller ones make no more batches of them.
    smaller = job.recipe.model_copy(update={"batch_size": batch_size})
    n_batches = count_steps(len(job.store.rows_of("train")), smaller)
    return any(
        n_batches * stage.recipe.epochs < accumulation_steps for stage in stages_of(job.recipe)
    )
