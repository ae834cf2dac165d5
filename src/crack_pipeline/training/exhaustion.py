"""Out of memory, told by name and message: each backend has an error of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task

_NAMES = ("ResourceExhaustedError", "OutOfMemoryError", "MemoryError")
_PHRASES = ("RESOURCE_EXHAUSTED", "out of memory", "OOM when allocating", "bad_alloc")


@contextmanager
def explain_exhaustion(task: Task, recipe: TrainingRecipe, multiple: int = 1) -> Iterator[None]:
    """Turn a backend's lack of memory into an error that says which batch size to try.

    Args:
        task: Names the parameter.
        recipe: Batch size, and over how many batches gradients are accumulated.
        multiple: Number of devices that share a batch: its size must be a multiple of it.

    Raises:
        TrainingError: In place of an error of lacking memory; others pass.
    """
    try:
        yield
    except Exception as error:
        if not is_exhaustion(error):
            raise
        raise TrainingError(
            "A batch and what the network computes from it must fit into memory.",
            received=f"training.{task}.batch_size={recipe.batch_size}; {type(error).__name__}",
            remedy=_remedy(task, recipe, multiple),
        ) from error


def is_exhaustion(error: BaseException) -> bool:
    """Whether an error of any backend says that memory was not enough."""
    named = any(kind.__name__ in _NAMES for kind in type(error).__mro__)
    return named or any(phrase in str(error) for phrase in _PHRASES)


def _remedy(task: Task, recipe: TrainingRecipe, multiple: int) -> str:
    if recipe.batch_size <= multiple:  # a tile on each device
        return (
            f"Lower preprocessing.{task}.tile_px, choose a smaller network, or train on a machine "
            "with more memory."
        )
    smaller = max(multiple, recipe.batch_size // 2 // multiple * multiple)
    steps = recipe.accumulation_steps * round(recipe.batch_size / smaller)
    return (
        f"Try training.{task}.batch_size={smaller}, with "
        f"training.{task}.accumulation_steps={steps} for steps of the same size."
    )
