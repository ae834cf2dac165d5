"""Layers of a network, and the number of operations that they compute per tile."""

import math
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


_TRANSPOSED = (keras.layers.Conv2DTranspose,)
_KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def count_flops(model: keras.Model, input_px: int) -> int:
    """Count multiplications and additions of all convolutions and dense layers.

    A multiplication with its addition counts as two. Normalisation, activation, pooling and
    enlargement are left out, as papers do: they are few, though not always quick.

    Args:
        model: Takes (N, T, T, 3).
        input_px: Side T of the tile in px.

    Returns:
        Operations for one tile.
    """
    fixed = keras.models.clone_model(
        model, input_tensors=keras.Input((input_px, input_px, 3), name="tile")
    )
    return sum(_count_layer(layer) for layer in leaves_of(fixed))


def _count_layer(layer: keras.layers.Layer) -> int:
    kernels = [getattr(layer, name, None) for name in _KERNELS]
    if all(kernel is None for kernel in kernels):
        return 0
    # Each weight of a kernel is used at each place of the result; transposed, of the input.
    tensor = layer.input if isinstance(layer, _TRANSPOSED) else layer.output
    places = math.prod(tensor.shape[1:-1])
    return sum(2 * math.prod(kernel.shape) * places for kernel in kernels if kernel is not None)
