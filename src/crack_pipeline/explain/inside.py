"""What a network is made of: its first filters, and what its blocks make of a photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.explain.layers import FeatureLayer, first_kernel
from crack_pipeline.explain.watching import watch_layers
from crack_pipeline.types import RgbImage

_COLOURS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """Kernels of a first layer.

    Attributes:
        layer: Its name.
        kernels: (F, h, w, 3) float32, one a filter.
    """

    layer: str
    kernels: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """What a layer makes of one photo.

    Attributes:
        layer: Its name.
        maps: (H, W, C) float32.
    """

    layer: str
    maps: NDArray[np.float32]


def read_filters(layers: Sequence[FeatureLayer]) -> Filters | None:
    """Read the kernels that look at the photo itself.

    Args:
        layers: From ``list_feature_layers``.

    Returns:
        The kernels of the first convolution of three channels; None where there is none.
    """
    for one in layers:
        kernel = first_kernel(one.layer)
        if kernel is not None and kernel.shape[2] == _COLOURS:
            values = np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)
            return Filters(one.name, values.transpose(3, 0, 1, 2))
    return None


def read_activations(
    model: keras.Model, layers: Sequence[FeatureLayer], photo: RgbImage
) -> list[Activation]:
    """Let a network see a photo, and keep what some layers make of it.

    Args:
        model: The network.
        layers: Which layers, as ``list_blocks`` gives them.
        photo: (T, T, 3) uint8.

    Returns:
        Their maps, in the order of the layers.
    """
    seen: dict[str, Any] = {}

    def keep(layer: keras.layers.Layer, _given: Any, output: Any) -> None:
        seen[layer.name] = output

    with watch_layers([one.layer for one in layers], keep):
        model(photo[None].astype(np.float32), training=False)
    return [
        Activation(one.name, np.asarray(keras.ops.convert_to_numpy(seen[one.name]), np.float32)[0])
        for one in layers
    ]
