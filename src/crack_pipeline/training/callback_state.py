"""What a training must keep of Keras' callbacks to go on as if it had not been interrupted."""

from collections.abc import Iterable

import keras

# What decides the further course of Keras' callbacks, by class: all plain numbers.
_CALLBACK_STATE = {
    "EarlyStopping": ("wait", "best", "best_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
}


def read_callback_state(
    callbacks: Iterable[keras.callbacks.Callback],
) -> dict[str, dict[str, float]]:
    """State of the callbacks that have one, by class name."""
    return {
        type(callback).__name__: {
            name: float(getattr(callback, name))
            for name in _CALLBACK_STATE[type(callback).__name__]
        }
        for callback in callbacks
        if type(callback).__name__ in _CALLBACK_STATE
    }


def write_callback_state(
    callbacks: Iterable[keras.callbacks.Callback], state: dict[str, dict[str, float]]
) -> None:
    """Give the callbacks the state that ``read_callback_state`` returned."""
    for callback in callbacks:
        for name, value in state.get(type(callback).__name__, {}).items():
            setattr(callback, name, value)
