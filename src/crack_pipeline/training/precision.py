"""Mixed precision for the length of one training."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from crack_pipeline.training.recipe import Precision


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Build layers that compute in a precision; whatever is built later is not touched.

    Args:
        precision: A Keras dtype policy. Weights are float32 in each of them.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
