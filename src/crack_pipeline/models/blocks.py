"""Layers that several networks share."""

import math

import keras
from keras import layers

from crack_pipeline.models.settings import (
    EfficientNetV2B0Settings,
    MobileNetV2Settings,
    Scaling,
)

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_SPREAD = (0.229, 0.224, 0.225)

SCALINGS: dict[Scaling, tuple[float | list[float], float | list[float]]] = {
    "zero_one": (1 / 255, 0.0),
    "minus_one_one": (1 / 127.5, -1.0),
    "imagenet_standard": (
        [1 / (255 * spread) for spread in _IMAGENET_SPREAD],
        [-mean / spread for mean, spread in zip(_IMAGENET_MEAN, _IMAGENET_SPREAD, strict=True)],
    ),
}
"""Factor and offset of each intensity scaling: the only place where pixel values are scaled."""

_CRACK_SHARE = 0.05


class InputSizeError(ValueError):
    """A network cannot work at this size of its input."""


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


def require_divisible(input_px: int, coarsest_px: int) -> None:
    """Refuse a tile that the network cannot halve as often as it has to.

    Args:
        input_px: Side of the tiles in px.
        coarsest_px: Side of what one coarsest feature covers in px.

    Raises:
        InputSizeError: If the one is no multiple of the other.
    """
    if input_px % coarsest_px:
        raise InputSizeError(f"tile_px={input_px} must be divisible by {coarsest_px}")


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
    return normalize(x, name)


def normalize(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalisation and ReLU; ``name`` is the prefix of the layers' names."""
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def crack_probability(
    x: keras.KerasTensor, *, name: str = "crack_probability", enlarge: int = 1
) -> keras.KerasTensor:
    """Sigmoid of one channel, in float32 whatever the compute type.

    Args:
        x: (N, H, W, C) features.
        name: Name of the last layer, and prefix of the others.
        enlarge: How many times the logits are enlarged on the way, bilinearly.

    Returns:
        (N, H · enlarge, W · enlarge, 1) crack probability.
    """
    x = crack_logit(x, name=f"{name}_logit", enlarge=enlarge)
    return layers.Activation("sigmoid", dtype="float32", name=name)(x)


def crack_logit(x: keras.KerasTensor, *, name: str, enlarge: int = 1) -> keras.KerasTensor:
    """One channel whose sigmoid is a crack probability, in float32 whatever the compute type.

    Its bias starts at the usual share of crack pixels, so that the first steps are not spent on
    learning that most pixels show none (Lin et al. 2017, Focal Loss, arXiv:1708.02002, §4.1).

    Args:
        x: (N, H, W, C) features.
        name: Name of the convolution.
        enlarge: How many times the result is enlarged, bilinearly.

    Returns:
        (N, H · enlarge, W · enlarge, 1) logits.
    """
    bias = keras.initializers.Constant(math.log(_CRACK_SHARE / (1 - _CRACK_SHARE)))
    x = layers.Conv2D(1, 1, bias_initializer=bias, dtype="float32", name=name)(x)
    if enlarge == 1:
        return x
    return layers.UpSampling2D(
        enlarge, interpolation="bilinear", dtype="float32", name=f"{name}_enlarged"
    )(x)


def classify_features(
    x: keras.KerasTensor,
    extractor: keras.Model,
    settings: MobileNetV2Settings | EfficientNetV2B0Settings,
    *,
    pretrained: bool,
) -> keras.KerasTensor:
    """An extractor of features, pooling, dropout, a dense layer and one sigmoid.

    A frozen extractor is run in inference mode, so that its batch statistics stay those that its
    weights were learnt with, also once it is unfrozen for fine-tuning.

    Args:
        x: (N, T, T, 3) scaled photos.
        extractor: Gives (N, H, W, C) features.
        settings: Freezing, dropout and hidden units.
        pretrained: Whether weights are given at all; ``freeze_extractor: auto`` follows it.

    Returns:
        (N, 1) crack probability in float32.
    """
    freeze = settings.freeze_extractor
    frozen = pretrained if freeze == "auto" else freeze
    extractor.trainable = not frozen
    x = extractor(x, training=False) if frozen else extractor(x)
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    x = layers.Dropout(settings.dropout, name="pooled_dropout")(x)
    x = layers.Dense(settings.dense_units, activation="relu", name="hidden")(x)
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="crack_probability")(x)
