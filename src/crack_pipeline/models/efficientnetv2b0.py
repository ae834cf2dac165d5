"""Transfer learning: EfficientNetV2-B0 features, pooling, a dense layer, one sigmoid.

Source:
    Tan, Le (2021), EfficientNetV2: Smaller Models and Faster Training, arXiv:2104.00298.
"""

import keras

from crack_pipeline.models.blocks import classify_features, scaled_input
from crack_pipeline.models.settings import EfficientNetV2B0Settings, Scaling

EXTRACTOR = "efficientnetv2b0"
"""Keras looks its blocks up by this name, so it cannot be another."""


def build_efficientnetv2b0(
    input_px: int,
    settings: EfficientNetV2B0Settings,
    *,
    scaling: Scaling,
    encoder_weights: str | None = None,
    pretrained: bool = False,
) -> keras.Model:
    """Build the classifier.

    Keras' own preprocessing is left out: intensities are scaled in the first layer, as everywhere.

    Args:
        input_px: Side of the input in px, at least 32.
        settings: Hidden units, dropout and freezing.
        scaling: How the intensities are scaled; ImageNet weights need ``imagenet_standard``.
        encoder_weights: None or ``imagenet``.
        pretrained: Whether weights are given at all; ``freeze_extractor: auto`` follows it.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, 1) crack probability.
    """
    inputs, scaled = scaled_input(input_px, scaling)
    extractor = keras.applications.EfficientNetV2B0(
        input_shape=(input_px, input_px, 3),
        include_top=False,
        include_preprocessing=False,
        weights=encoder_weights,
    )
    outputs = classify_features(scaled, extractor, settings, pretrained=pretrained)
    return keras.Model(inputs, outputs, name="efficientnetv2b0")
