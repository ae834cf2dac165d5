"""The moving average of the weights: what is validated and kept where a recipe asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


def averages_weights(model: keras.Model) -> bool:
    """Whether a compiled model's optimiser keeps a moving average of its weights."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return bool(optimizer.use_ema)


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Put the averages into the model for a while, where its optimiser keeps any.

    Moving statistics of batch normalisation are averages themselves and stay as they are.

    Args:
        model: A compiled model whose optimiser has been built.
    """
    if not averages_weights(model):
        yield
        return
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    try:
        yield
    finally:
        swap.on_test_end()


def averaging_callbacks(model: keras.Model) -> list[keras.callbacks.Callback]:
    """The callback that validates with the averages, where there are any."""
    return [keras.callbacks.SwapEMAWeights()] if averages_weights(model) else []
