"""ENet: most of the work at an eighth of the resolution.

Source:
    Paszke et al. (2016), ENet: A Deep Neural Network Architecture for Real-Time Semantic
    Segmentation, arXiv:1606.02147. Two things differ: max-unpooling, for which Keras has no
    backend-neutral operation, is bilinear enlargement; PReLU is ReLU.
"""

import keras
from keras import layers

from crack_pipeline.models import blocks
from crack_pipeline.models.settings import EnetSettings, Scaling

_NARROWING = 4
# Stages 2 and 3 of the paper: plain, dilated and asymmetric bottlenecks in turn.
_DEEP_BLOCKS: tuple[tuple[str, int], ...] = (
    ("plain", 1),
    ("dilated", 2),
    ("asymmetric", 5),
    ("dilated", 4),
    ("plain", 1),
    ("dilated", 8),
    ("asymmetric", 5),
    ("dilated", 16),
)


def build_enet(input_px: int, settings: EnetSettings, *, scaling: Scaling) -> keras.Model:
    """Build the network for any input whose sides 8 divides.

    Args:
        input_px: Side of the training tiles in px; the network itself stays size-free.
        settings: Filters of the three resolutions, and dropout.
        scaling: How the intensities are scaled.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, T, T, 1) crack probability.

    Raises:
        InputSizeError: If ``input_px`` is no multiple of 8.
    """
    blocks.require_divisible(input_px, 8)
    first, middle, deep = settings.filters
    light = settings.dropout / 10
    inputs, scaled = blocks.scaled_input(None, scaling)
    x = _start(scaled, first)
    x = _halve(x, middle, dropout=light, name="down1")
    for number in range(4):
        x = _bottleneck(x, middle, kind="plain", size=1, dropout=light, name=f"stage1_{number}")
    x = _halve(x, deep, dropout=settings.dropout, name="down2")
    for stage in (2, 3):
        for number, (kind, size) in enumerate(_DEEP_BLOCKS):
            name = f"stage{stage}_{number}"
            x = _bottleneck(x, deep, kind=kind, size=size, dropout=settings.dropout, name=name)
    x = _double(x, middle, name="up1")
    for number in range(2):
        x = _bottleneck(x, middle, kind="plain", size=1, dropout=0.0, name=f"stage4_{number}")
    x = _double(x, first, name="up2")
    x = _bottleneck(x, first, kind="plain", size=1, dropout=0.0, name="stage5")
    x = layers.Conv2DTranspose(first, 2, strides=2, name="up3")(x)
    return keras.Model(inputs, blocks.crack_probability(x), name="enet")


def _start(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    convolved = layers.Conv2D(
        filters - 3, 3, strides=2, padding="same", use_bias=False, name="start_conv"
    )(x)
    pooled = layers.MaxPooling2D(name="start_pool")(x)
    return blocks.normalize(layers.Concatenate(name="start_join")([convolved, pooled]), "start")


def _halve(x: keras.KerasTensor, filters: int, *, dropout: float, name: str) -> keras.KerasTensor:
    shortcut = layers.MaxPooling2D(name=f"{name}_pool")(x)
    shortcut = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_widen")(shortcut)
    narrow = max(1, filters // _NARROWING)
    branch = layers.Conv2D(narrow, 2, strides=2, use_bias=False, name=f"{name}_narrow")(x)
    branch = blocks.convolve(
        blocks.normalize(branch, f"{name}_narrow"), narrow, name=f"{name}_middle"
    )
    return _add(shortcut, branch, filters, dropout=dropout, name=name)


def _bottleneck(
    x: keras.KerasTensor, filters: int, *, kind: str, size: int, dropout: float, name: str
) -> keras.KerasTensor:
    narrow = max(1, filters // _NARROWING)
    branch = blocks.convolve(x, narrow, name=f"{name}_narrow", kernel_px=1)
    if kind == "asymmetric":
        for place, kernel in enumerate(((size, 1), (1, size))):
            branch = layers.Conv2D(
                narrow, kernel, padding="same", use_bias=False, name=f"{name}_line{place}"
            )(branch)
        branch = blocks.normalize(branch, f"{name}_line")
    else:
        branch = layers.Conv2D(
            narrow, 3, padding="same", dilation_rate=size, use_bias=False, name=f"{name}_conv"
        )(branch)
        branch = blocks.normalize(branch, f"{name}_conv")
    return _add(x, branch, filters, dropout=dropout, name=name)


def _double(x: keras.KerasTensor, filters: int, *, name: str) -> keras.KerasTensor:
    shortcut = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_thin")(x)
    shortcut = layers.UpSampling2D(interpolation="bilinear", name=f"{name}_enlarge")(shortcut)
    narrow = max(1, filters // _NARROWING)
    branch = blocks.convolve(x, narrow, name=f"{name}_narrow", kernel_px=1)
    branch = layers.Conv2DTranspose(
        narrow, 3, strides=2, padding="same", use_bias=False, name=f"{name}_transposed"
    )(branch)
    branch = blocks.normalize(branch, f"{name}_transposed")
    return _add(shortcut, branch, filters, dropout=0.0, name=name)


def _add(
    shortcut: keras.KerasTensor,
    branch: keras.KerasTensor,
    filters: int,
    *,
    dropout: float,
    name: str,
) -> keras.KerasTensor:
    branch = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_wide")(branch)
    branch = layers.BatchNormalization(momentum=0.9, name=f"{name}_wide_bn")(branch)
    branch = layers.SpatialDropout2D(dropout, name=f"{name}_dropout")(branch)
    joined = layers.Add(name=f"{name}_add")([shortcut, branch])
    return layers.Activation("relu", name=f"{name}_relu")(joined)
