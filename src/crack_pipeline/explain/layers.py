"""The layers of a network: feature maps, filters, calls watched in action, fresh weights."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.models.layers import leaves_of
from crack_pipeline.types import RgbImage
from crack_pipeline.wording.suggestions import nearest_names

See = Callable[[keras.layers.Layer, Any, Any], None]
"""Is given a layer, its first input and its output."""

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
_COLOURS = 3


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


def _reporting(layer: keras.layers.Layer, call: Callable[..., Any], see: See) -> Callable[..., Any]:
    def call_and_report(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        see(layer, args[0] if args else None, output)
        return output

    return call_and_report


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
    def kernel(self) -> Any | None:
        """Of a convolution, a variable of (height, width, channels, filters); else None."""
        kernels = [getattr(self.layer, name, None) for name in _KERNELS]
        return next((one for one in kernels if one is not None and len(one.shape) == 4), None)


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
    convolutions = [position for position, one in enumerate(layers) if one.kernel is not None]
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


def read_filters(layers: Sequence[FeatureLayer]) -> tuple[str, NDArray[np.float32]] | None:
    """Read the kernels that look at the photo itself.

    Args:
        layers: From ``list_feature_layers``.

    Returns:
        Name and kernels, (F, h, w, 3), of the first convolution of three channels; None where there
        is none.
    """
    for one in layers:
        if one.kernel is not None and one.kernel.shape[2] == _COLOURS:
            values = np.asarray(keras.ops.convert_to_numpy(one.kernel), np.float32)
            return one.name, values.transpose(3, 0, 1, 2)
    return None


def read_activations(
    model: keras.Model, layers: Sequence[FeatureLayer], photo: RgbImage
) -> list[tuple[str, NDArray[np.float32]]]:
    """Let a network see a photo, and keep what some layers make of it.

    Args:
        model: The network.
        layers: Which layers, as ``list_blocks`` gives them.
        photo: (T, T, 3) uint8.

    Returns:
        Their names and maps, (H, W, C), in the order of the layers.
    """
    seen: dict[str, Any] = {}

    def keep(layer: keras.layers.Layer, _given: Any, output: Any) -> None:
        seen[layer.name] = output

    with watch_layers([one.layer for one in layers], keep):
        model(photo[None].astype(np.float32), training=False)
    return [
        (one.name, np.asarray(keras.ops.convert_to_numpy(seen[one.name]), np.float32)[0])
        for one in layers
    ]


def randomize_weights(model: keras.Model, *, seed: int) -> keras.Model:
    """Build the same network with fresh weights.

    Kernels are drawn anew (He et al. 2015, arXiv:1502.01852); biases and normalisations start where
    an untrained network's do.

    Args:
        model: A network; left as it is.
        seed: The same weights for the same seed.

    Returns:
        A network of its own.

    Source:
        Adebayo et al. (2018), Sanity checks for saliency maps, §3.1 (all layers at once),
        arXiv:1810.03292.
    """
    fresh = keras.models.clone_model(model)
    for number, variable in enumerate(fresh.variables):
        if len(variable.shape) > 1:
            draw = keras.initializers.HeNormal(seed=seed * len(fresh.variables) + number)
            variable.assign(draw(variable.shape))
    return fresh
