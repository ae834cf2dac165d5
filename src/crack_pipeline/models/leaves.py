"""The layers of a network, those of networks inside it included."""

from collections.abc import Iterator

import keras


def leaves_of(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Walk through all layers that are no networks themselves.

    Args:
        model: A network; an encoder from Keras is a layer of it.

    Yields:
        The layers, in the network's order.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves_of(layer)
        else:
            yield layer
