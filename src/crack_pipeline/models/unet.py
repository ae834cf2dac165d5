"""U-Net for crack segmentation.

Source:
    Ronneberger, Fischer, Brox (2015), U-Net: Convolutional Networks for Biomedical Image
    Segmentation, arXiv:1505.04597; with padding, batch normalisation and far fewer filters.
"""

import keras
from keras import layers

from crack_pipeline.models import blocks
from crack_pipeline.models.settings import Scaling, UnetSettings


def build_unet(
    input_px: int, settings: UnetSettings, *, scaling: Scaling, side_outputs: bool = False
) -> keras.Model:
    """Build a U-Net that accepts any input divisible by 2**depth.

    Args:
        input_px: Side of the training tiles in px; the network itself stays size-free.
        settings: Width, depth and dropout.
        scaling: How the intensities are scaled.
        side_outputs: Give a crack probability of each decoder level below full resolution, too.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, T, T, 1) crack probability; with
        ``side_outputs`` a list of these, the final one first, then from coarse to fine.

    Raises:
        InputSizeError: If ``input_px`` is not divisible by the network's coarsest pixel.
    """
    blocks.require_divisible(input_px, settings.stem_stride * 2**settings.depth)
    inputs, scaled = blocks.scaled_input(None, scaling)
    x = scaled if settings.stem_stride == 1 else _halve(scaled, settings.base_filters)
    skips = []
    for level in range(settings.depth):
        x = _double_convolve(x, settings.base_filters * 2**level, name=f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(name=f"down{level}_pool")(x)
    x = _double_convolve(x, settings.base_filters * 2**settings.depth, name="bottleneck")
    x = layers.SpatialDropout2D(settings.dropout, name="bottleneck_dropout")(x)
    levels = {}
    for level in reversed(range(settings.depth)):
        filters = settings.base_filters * 2**level
        x = layers.Conv2DTranspose(filters, 2, strides=2, name=f"up{level}_upsample")(x)
        x = layers.Concatenate(name=f"up{level}_join")([x, skips[level]])
        x = _double_convolve(x, filters, name=f"up{level}")
        levels[settings.stem_stride * 2**level] = x
    if settings.stem_stride == 2:
        x = _double(x, scaled, settings.base_filters // 2)
    outputs = [blocks.crack_probability(x)]
    if side_outputs:
        outputs += _side_probabilities(levels)
    return keras.Model(inputs, outputs if side_outputs else outputs[0], name="unet")


def _side_probabilities(levels: dict[int, keras.KerasTensor]) -> list[keras.KerasTensor]:
    coarse = {size_px: x for size_px, x in levels.items() if size_px > 1}
    return [
        blocks.crack_probability(x, name=f"side{number}_probability", enlarge=size_px)
        for number, (size_px, x) in enumerate(coarse.items(), start=1)
    ]


def _halve(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    x = layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    return blocks.normalize(x, "stem")


def _double(x: keras.KerasTensor, scaled: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    # The photo itself is joined again, since a crack of one pixel is lost at half resolution.
    x = layers.Conv2DTranspose(filters, 2, strides=2, name="head_upsample")(x)
    x = layers.Concatenate(name="head_join")([x, scaled])
    return blocks.convolve(x, filters, name="head")


def _double_convolve(x: keras.KerasTensor, filters: int, *, name: str) -> keras.KerasTensor:
    x = blocks.convolve(x, filters, name=f"{name}_a")
    return blocks.convolve(x, filters, name=f"{name}_b")
