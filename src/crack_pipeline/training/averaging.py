"""The moving average of the weights: what is validated and kept where a recipe asks for it.

Keras' own ``SwapEMAWeights`` exchanges the two by adding and subtracting, which rounds both each
time; here the weights are put aside, so that averaging changes nothing in how a training goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops


class ValidateAverages(keras.callbacks.Callback):
    """Validate with the averages in place of the weights.

    Keras calls it with all state in the model's variables, on JAX too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._weights: list[Any] = []

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Put the averages in."""
        self._weights = _put_averages(self.model)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Put the weights back."""
        _put_back(self.model, self._weights)
        self._weights = []


def averages_weights(model: keras.Model) -> bool:
    """True where a compiled model's optimiser keeps a moving average of its weights."""
    return bool(_averaging_optimizer(model).use_ema)


def averaging_callbacks(model: keras.Model) -> list[keras.callbacks.Callback]:
    """The callback that validates with the averages, where there are any."""
    return [ValidateAverages()] if averages_weights(model) else []


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Put the averages into the model for a while, where its optimiser keeps any.

    Moving statistics of batch normalisation are averages themselves and stay as they are: what is
    validated is what is kept, so the choice of the best epoch sees what that costs.

    Args:
        model: A compiled model whose optimiser has been built.
    """
    weights = _put_averages(model) if averages_weights(model) else []
    try:
        yield
    finally:
        _put_back(model, weights)


def _averaging_optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    # Scaling of the loss for float16 wraps the optimiser that averages.
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def _pairs(model: keras.Model) -> list[tuple[Any, Any]]:
    optimizer = _averaging_optimizer(model)
    averages = optimizer._model_variables_moving_average
    return [
        (variable, average)
        for variable, average in zip(optimizer._trainable_variables, averages, strict=True)
        if average is not None
    ]


def _put_averages(model: keras.Model) -> list[Any]:
    pairs = _pairs(model)
    weights = [ops.copy(ops.convert_to_tensor(variable)) for variable, _ in pairs]
    for variable, average in pairs:
        # A copy: on JAX a step takes over the memory of the model's variables, and with it that of
        # whatever shares it.
        variable.assign(ops.copy(ops.convert_to_tensor(average)))
    return weights


def _put_back(model: keras.Model, weights: list[Any]) -> None:
    if not weights:
        return
    for (variable, _), weight in zip(_pairs(model), weights, strict=True):
        variable.assign(weight)
