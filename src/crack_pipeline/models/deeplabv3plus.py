"""DeepLabv3+ on a MobileNetV2 encoder.

Source:
    Chen et al. (2018), Encoder-Decoder with Atrous Separable Convolution for Semantic Image
    Segmentation, arXiv:1802.02611; Sandler et al. (2018), MobileNetV2, arXiv:1801.04381 (§6.3).
"""

import keras
from keras import layers

from crack_pipeline.models import blocks
from crack_pipeline.models.mobilenetv2 import build_mobilenetv2_features
from crack_pipeline.models.settings import Deeplabv3plusSettings, Scaling

_DETAIL, _DEEP = "block_3_expand_relu", "block_13_expand_relu"  # 1/4, 1/16
ENCODER = "mobilenetv2_encoder"


def build_deeplabv3plus(
    input_px: int,
    settings: Deeplabv3plusSettings,
    *,
    scaling: Scaling,
    encoder_weights: str | None = None,
) -> keras.Model:
    """Build the network for one input size.

    The encoder ends at 1/16 of the resolution, so none of its strides has to be undone.

    Args:
        input_px: Side of the tiles in px, a multiple of 32.
        settings: Encoder width, filters, rates and dropout.
        scaling: How the intensities are scaled; ImageNet weights need ``minus_one_one``.
        encoder_weights: None or ``imagenet``.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, T, T, 1) crack probability.

    Raises:
        InputSizeError: If ``input_px`` is no multiple of 32.
    """
    blocks.require_divisible(input_px, 32)
    inputs, scaled = blocks.scaled_input(input_px, scaling)
    backbone = build_mobilenetv2_features(input_px, alpha=settings.alpha, weights=encoder_weights)
    outputs = [backbone.get_layer(name).output for name in (_DETAIL, _DEEP)]
    detail, deep = keras.Model(backbone.input, outputs, name=ENCODER)(scaled)
    x = _pyramid(deep, settings, side_px=input_px // 16)
    x = layers.UpSampling2D(4, interpolation="bilinear", name="pyramid_enlarge")(x)
    detail = blocks.convolve(detail, settings.detail_filters, name="detail", kernel_px=1)
    x = layers.Concatenate(name="decoder_join")([x, detail])
    for number in range(2):
        x = _separable(x, settings.filters, rate=1, name=f"decoder{number}")
    return keras.Model(inputs, blocks.crack_probability(x, enlarge=4), name="deeplabv3plus")


def _pyramid(
    x: keras.KerasTensor, settings: Deeplabv3plusSettings, *, side_px: int
) -> keras.KerasTensor:
    filters = settings.filters
    branches = [blocks.convolve(x, filters, name="pyramid_point", kernel_px=1)]
    branches += [
        _separable(x, filters, rate=rate, name=f"pyramid_rate{rate}")
        for rate in settings.atrous_rates
    ]
    whole = layers.GlobalAveragePooling2D(keepdims=True, name="pyramid_whole")(x)
    whole = blocks.convolve(whole, filters, name="pyramid_whole", kernel_px=1)
    branches.append(layers.UpSampling2D(side_px, name="pyramid_whole_enlarge")(whole))
    x = blocks.convolve(
        layers.Concatenate(name="pyramid_join")(branches), filters, name="pyramid", kernel_px=1
    )
    return layers.Dropout(settings.dropout, name="pyramid_dropout")(x)


def _separable(x: keras.KerasTensor, filters: int, *, rate: int, name: str) -> keras.KerasTensor:
    x = layers.DepthwiseConv2D(
        3, padding="same", dilation_rate=rate, use_bias=False, name=f"{name}_depthwise"
    )(x)
    return blocks.convolve(
        blocks.normalize(x, f"{name}_depthwise"), filters, name=name, kernel_px=1
    )
