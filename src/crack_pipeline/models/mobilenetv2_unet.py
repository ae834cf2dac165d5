"""U-Net decoder on a MobileNetV2 encoder.

Source:
    Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381;
    Ronneberger, Fischer, Brox (2015), arXiv:1505.04597.
"""

import keras
from keras import layers

from crack_pipeline.models import blocks
from crack_pipeline.models.mobilenetv2 import build_mobilenetv2_features
from crack_pipeline.models.settings import MobileNetV2UnetSettings, Scaling

_SKIPS = (
    "block_13_expand_relu",  # 1/16
    "block_6_expand_relu",  # 1/8
    "block_3_expand_relu",  # 1/4
    "block_1_expand_relu",  # 1/2
)
ENCODER = "mobilenetv2_encoder"


def build_mobilenetv2_unet(
    input_px: int,
    settings: MobileNetV2UnetSettings,
    *,
    scaling: Scaling,
    encoder_weights: str | None = None,
) -> keras.Model:
    """Build the network for one input size.

    Args:
        input_px: Side of the tiles in px, a multiple of 32.
        settings: Encoder width and decoder filters.
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
    outputs = [backbone.get_layer(name).output for name in (*_SKIPS, "out_relu")]
    encoder = keras.Model(backbone.input, outputs, name=ENCODER)
    *skips, x = encoder(scaled)
    x = layers.SpatialDropout2D(settings.dropout, name="bottleneck_dropout")(x)
    for level, (skip, filters) in enumerate(
        zip([*skips, scaled], settings.decoder_filters, strict=True)
    ):
        x = layers.UpSampling2D(interpolation="bilinear", name=f"up{level}_upsample")(x)
        x = layers.Concatenate(name=f"up{level}_join")([x, skip])
        x = blocks.convolve(x, filters, name=f"up{level}_a")
        x = blocks.convolve(x, filters, name=f"up{level}_b")
    return keras.Model(inputs, blocks.crack_probability(x), name="mobilenetv2_unet")
