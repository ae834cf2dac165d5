"""See what the layers of a network take and give while it computes, on any Keras backend."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

See = Callable[[keras.layers.Layer, Any, Any], None]
"""Is given a layer, its first input and its output."""


@contextmanager
def watch_layers(layers: Iterable[keras.layers.Layer], see: See) -> Iterator[None]:
    """Report each call of some layers, also of those inside networks inside the network.

    Keras builds a network of its parts' outputs only at the level of one network: what an encoder
    computes inside itself cannot be named from outside. Watching the calls works at any depth, and
    what is seen takes part in TensorFlow's gradients.

    Args:
        layers: Layers of a network.
        see: Called after each call.

    Yields:
        Nothing; on leaving, the layers are as before.
    """
    watched = list(dict.fromkeys(layers))
    try:
        for layer in watched:
            layer.call = _reporting(layer, layer.call, see)
        yield
    finally:
        for layer in watched:
            layer.__dict__.pop("call", None)


@contextmanager
def give_logits(model: keras.Model) -> Iterator[None]:
    """Let a network give logits in place of probabilities: its last sigmoid does nothing.

    The logarithm of the odds of a probability would be the same number, but is lost where float32
    rounds the probability to 1.

    Args:
        model: Ends in a sigmoid, as ``require_sigmoid`` checks.

    Yields:
        Nothing; on leaving, the network is as before.
    """
    last = model.layers[-1]
    sigmoid = last.activation
    last.activation = keras.activations.linear
    try:
        yield
    finally:
        last.activation = sigmoid


def _reporting(layer: keras.layers.Layer, call: Callable[..., Any], see: See) -> Callable[..., Any]:
    def call_and_report(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        see(layer, args[0] if args else None, output)
        return output

    return call_and_report
