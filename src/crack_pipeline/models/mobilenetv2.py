"""Transfer learning: MobileNetV2 features, pooling, a dense layer of 64, one sigmoid.

Source:
    Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381.
"""

import keras
from keras import layers

from crack_pipeline.models.blocks import scaled_input
from crack_pipeline.models.settings import MobileNetV2Settings, Scaling

EXTRACTOR = "mobilenetv2_extractor"


def build_mobilenetv2(
    input_px: int,
    settings: MobileNetV2Settings,
    *,
    scaling: Scaling,
    extractor_weights: str | None = None,
    pretrained: bool = False,
) -> keras.Model:
    """Build the classifier.

    A frozen extractor is run in inference mode, so that its batch statistics stay those that its
    weights were learnt with, also once it is unfrozen for fine-tuning.

    Args:
        input_px: Side of the input in px, at least 32.
        settings: Extractor width, hidden units, dropout and freezing.
        scaling: How the intensities are scaled; ImageNet weights need ``minus_one_one``.
        extractor_weights: None or ``imagenet``.
        pretrained: Whether weights are given at all; ``freeze_extractor: auto`` follows it.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, 1) crack probability.
    """
    freeze = settings.freeze_extractor
    frozen = pretrained if freeze == "auto" else freeze
    inputs, scaled = scaled_input(input_px, scaling)
    extractor = keras.applications.MobileNetV2(
        input_shape=(input_px, input_px, 3),
        include_top=False,
        weights=extractor_weights,
        alpha=settings.alpha,
        name=EXTRACTOR,
    )
    extractor.trainable = not frozen
    features = extractor(scaled, training=False) if frozen else extractor(scaled)
    x = layers.GlobalAveragePooling2D(name="pooled")(features)
    x = layers.Dropout(settings.dropout, name="pooled_dropout")(x)
    x = layers.Dense(settings.dense_units, activation="relu", name="hidden")(x)
    outputs = layers.Dense(1, activation="sigmoid", dtype="float32", name="crack_probability")(x)
    return keras.Model(inputs, outputs, name="mobilenetv2")
