"""Transfer learning: MobileNetV2 features, pooling, a dense layer of 64, one sigmoid.

Source:
    Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381.
"""

import keras

from crack_pipeline.models.blocks import classify_features, scaled_input
from crack_pipeline.models.encoders import build_mobilenetv2_features
from crack_pipeline.models.settings import MobileNetV2Settings, Scaling

EXTRACTOR = "mobilenetv2_extractor"


def build_mobilenetv2(
    input_px: int,
    settings: MobileNetV2Settings,
    *,
    scaling: Scaling,
    encoder_weights: str | None = None,
    pretrained: bool = False,
) -> keras.Model:
    """Build the classifier.

    A frozen extractor is run in inference mode, so that its batch statistics stay those that its
    weights were learnt with, also once it is unfrozen for fine-tuning.

    Args:
        input_px: Side of the input in px, at least 32.
        settings: Extractor width, hidden units, dropout and freezing.
        scaling: How the intensities are scaled; ImageNet weights need ``minus_one_one``.
        encoder_weights: None or ``imagenet``.
        pretrained: Whether weights are given at all; ``freeze_extractor: auto`` follows it.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, 1) crack probability.
    """
    freeze = settings.freeze_extractor
    frozen = pretrained if freeze == "auto" else freeze
    inputs, scaled = scaled_input(input_px, scaling)
    extractor = build_mobilenetv2_features(
        input_px, alpha=settings.alpha, weights=encoder_weights, name=EXTRACTOR
    )
    extractor.trainable = not frozen
    features = extractor(scaled, training=False) if frozen else extractor(scaled)
    outputs = classify_features(
        features, dense_units=settings.dense_units, dropout=settings.dropout
    )
    return keras.Model(inputs, outputs, name="mobilenetv2")
