"""The feature maps of a network, and which of them Grad-CAM looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import keras
import numpy as np

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.watching import watch_layers
from crack_pipeline.models.layers import leaves_of
from crack_pipeline.wording.suggestions import nearest_names

_KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
_FOLLOWERS = (
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.GroupNormalization,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)
_OF_PHOTO = (keras.layers.Rescaling, keras.layers.Normalization)
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True, eq=False)
class FeatureLayer:
    """A layer that gives a map of features.

    Attributes:
        layer: The layer.
        shape: Height, width and channels of its output.
        follows: The layer that it takes its input from, directly; None where that is no layer
            that gives features, or several are joined.
    """

    layer: keras.layers.Layer
    shape: tuple[int, int, int]
    follows: keras.layers.Layer | None

    @property
    def name(self) -> str:
        """Name of the layer."""
        return str(self.layer.name)

    @property
    def is_convolution(self) -> bool:
        """Whether it has a kernel of height, width and channels."""
        return first_kernel(self.layer) is not None


def list_feature_layers(model: keras.Model, input_px: int) -> list[FeatureLayer]:
    """List the layers that give maps of features, in the order in which they compute.

    Args:
        model: Takes (N, T, T, 3); networks inside it are looked into.
        input_px: Side T of its input in px.

    Returns:
        The layers whose output is (1, H, W, C) with more than one place and more than one
        channel: logits, pooled features and the photo as such are none.
    """
    seen: list[tuple[keras.layers.Layer, Any, Any]] = []
    leaves = [one for one in leaves_of(model) if not isinstance(one, keras.layers.InputLayer)]
    with watch_layers(leaves, lambda *call: seen.append(call)):
        model(np.zeros((1, input_px, input_px, 3), np.float32), training=False)
    makers: dict[int, keras.layers.Layer] = {}
    found = []
    for layer, given, output in seen:
        shape = _map_shape(output)
        # Dropout hands its input on as it is, and scaling leaves the photo a photo.
        if shape is not None and output is not given and not isinstance(layer, _OF_PHOTO):
            found.append(FeatureLayer(layer, shape, makers.get(id(given))))
            makers[id(output)] = layer
    return found


def choose_layer(layers: Sequence[FeatureLayer], name: str | None) -> FeatureLayer:
    """Choose the layer whose maps Grad-CAM weights.

    By itself it takes the last convolution of more than one channel, and of it the map behind the
    normalisation and the activation that follow it directly. Convolutions of one channel give
    logits: they are the head.

    Args:
        layers: From ``list_feature_layers``.
        name: Name of a layer; None to let it be chosen.

    Returns:
        The layer.

    Raises:
        ParameterError: If no layer has this name, or there is no convolution.
    """
    convolutions = [position for position, one in enumerate(layers) if one.is_convolution]
    if not convolutions:
        raise ParameterError(
            "Grad-CAM needs a network with a convolution: it weights maps of features.",
            received="a network without any",
            remedy="Leave grad_cam out of explanation.<task>.methods, or explain a network that "
            "has convolutions.",
        )
    if name is not None:
        return _named(layers, name)
    chosen = layers[convolutions[-1]]
    for one in layers[convolutions[-1] + 1 :]:
        if one.follows is chosen.layer and isinstance(one.layer, _FOLLOWERS):
            chosen = one
    return chosen


def list_blocks(layers: Sequence[FeatureLayer]) -> list[FeatureLayer]:
    """Choose one map a block: the last before the resolution changes.

    Args:
        layers: From ``list_feature_layers``.

    Returns:
        The last layer of each run of layers of one height and width. Layers that only pad end no
        block, and neither do those that a layer of the same size follows later, as happens where
        branches compute in turn. None of no layers.
    """
    computing = [one for one in layers if not isinstance(one.layer, keras.layers.ZeroPadding2D)]
    ends = [
        one
        for one, following in zip_longest(computing, computing[1:])
        if following is None or following.shape[:2] != one.shape[:2]
    ]
    goes_on = {(id(one.follows), one.shape[:2]) for one in computing}
    return [one for one in ends if (id(one.layer), one.shape[:2]) not in goes_on]


def first_kernel(layer: keras.layers.Layer) -> Any | None:
    """The kernel of a convolution.

    Args:
        layer: Any layer.

    Returns:
        A variable of (height, width, channels, filters), or None.
    """
    for name in _KERNELS:
        kernel = getattr(layer, name, None)
        if kernel is not None and len(kernel.shape) == 4:
            return kernel
    return None


def _named(layers: Sequence[FeatureLayer], name: str) -> FeatureLayer:
    for one in layers:
        if one.name == name:
            return one
    names = [one.name for one in layers]
    nearest = nearest_names(name, names)
    question = f"Did you mean {' or '.join(nearest)}? " if nearest else ""
    last = ", ".join(names[-_MOST_NAMED:])
    raise ParameterError(
        "explanation.<task>.layer must name a layer that gives a map of features.",
        received=name,
        remedy=f"{question}The last ones are {last}; null lets it be chosen.",
    )


def _map_shape(output: Any) -> tuple[int, int, int] | None:
    shape = tuple(getattr(output, "shape", ()))
    if len(shape) != 4 or shape[1] * shape[2] <= 1 or shape[3] <= 1:
        return None
    return int(shape[1]), int(shape[2]), int(shape[3])
