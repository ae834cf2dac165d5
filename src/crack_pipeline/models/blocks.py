"""Layers that several networks share."""

import math

import keras
from keras import layers

from crack_pipeline.models.settings import Scaling

SCALINGS: dict[Scaling, tuple[float, float]] = {
    "zero_one": (1 / 255, 0.0),
    "minus_one_one": (1 / 127.5, -1.0),
}
"""Factor and offset of each intensity scaling: the only place where pixel values are scaled."""

_CRACK_SHARE = 0.05


def scaled_input(
    input_px: int | None, scaling: Scaling
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Input layer of intensities 0–255 and its scaled version.

    Args:
        input_px: Side of the square input in px; None accepts any size.
        scaling: A name of ``SCALINGS``.

    Returns:
        The (N, T, T, 3) input and the scaled tensor.
    """
    factor, offset = SCALINGS[scaling]
    inputs = keras.Input((input_px, input_px, 3), name="photo")
    return inputs, layers.Rescaling(factor, offset, name=f"scale_{scaling}")(inputs)


def convolve(
    x: keras.KerasTensor, filters: int, *, name: str, kernel_px: int = 3
) -> keras.KerasTensor:
    """Convolution without bias, batch normalisation, ReLU.

    Args:
        x: (N, H, W, C) features.
        filters: Channels of the result.
        name: Prefix of the layers' names.
        kernel_px: Side of the kernel.

    Returns:
        (N, H, W, filters) features.
    """
    x = layers.Conv2D(
        filters,
        kernel_px,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def crack_probability(
    x: keras.KerasTensor, *, name: str = "crack_probability"
) -> keras.KerasTensor:
    """Sigmoid of one channel, in float32 whatever the compute type.

    Its bias starts at the usual share of crack pixels, so that the first steps are not spent on
    learning that most pixels show none (Lin et al. 2017, Focal Loss, arXiv:1708.02002, §4.1).

    Args:
        x: (N, H, W, C) features.
        name: Name of the layer.

    Returns:
        (N, H, W, 1) crack probability.
    """
    bias = math.log(_CRACK_SHARE / (1 - _CRACK_SHARE))
    return layers.Conv2D(
        1,
        1,
        activation="sigmoid",
        bias_initializer=keras.initializers.Constant(bias),
        dtype="float32",
        name=name,
    )(x)
