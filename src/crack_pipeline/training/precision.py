"""What a network computes in while it trains: settled for the device, held for one training."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import keras

from crack_pipeline.training.backend import device_name
from crack_pipeline.training.bfloat16 import multiplies_bfloat16
from crack_pipeline.training.recipe import Precision, TrainingRecipe
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)


def settle_precision(task: Task, recipe: TrainingRecipe) -> TrainingRecipe:
    """Put what the device is good at in place of ``auto``; part of what decides a result.

    Args:
        task: Names the parameter.
        recipe: How to train.

    Returns:
        The recipe with ``mixed_bfloat16`` where the device multiplies it, else with ``float32``; a
        precision that it names stays, with a warning where the device can only imitate it.
    """
    if recipe.precision == "auto":
        settled: Precision = "mixed_bfloat16" if multiplies_bfloat16() else "float32"
        return recipe.model_copy(update={"precision": settled})
    if recipe.precision == "mixed_bfloat16" and not multiplies_bfloat16():
        logger.warning(
            "training.%s.precision=mixed_bfloat16: this %s is not known to multiply bfloat16 "
            "itself; a step may take several times as long as with float32, or with auto",
            task,
            device_name(),
        )
    return recipe


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Build layers that compute in a precision; whatever is built later is not touched.

    Args:
        precision: A Keras dtype policy, so no longer ``auto``. Weights are float32 in each of them.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
