"""MobileNetV2: the encoder of several networks, and a classifier with a dense layer on it.

Source:
    Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381.
"""

import warnings

import keras

from crack_pipeline.errors import ParameterError
from crack_pipeline.models.blocks import classify_features, scaled_input
from crack_pipeline.models.settings import MobileNetV2Settings, Scaling
from crack_pipeline.models.weights import IMAGENET

_IMAGENET_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
_MOMENTUM = 0.9


def build_mobilenetv2_features(
    input_px: int, *, alpha: float, weights: str | None, name: str | None = None
) -> keras.Model:
    """Build MobileNetV2 without its head.

    Its batch statistics follow the last dozens of steps instead of Keras' last thousand: a
    training from scratch would otherwise be validated with statistics of its random start.

    Args:
        input_px: Side of the input in px, at least 32.
        alpha: Width multiplier.
        weights: None or ``imagenet``.
        name: Name of the model.

    Returns:
        A model from (N, T, T, 3) scaled to -1 … 1 to (N, T / 32, T / 32, C) features.

    Raises:
        ParameterError: If there are no ImageNet weights of this width.
    """
    if weights == IMAGENET and alpha not in _IMAGENET_ALPHAS:
        raise ParameterError(
            "ImageNet weights exist for some widths of MobileNetV2 only.",
            received=f"alpha: {alpha}",
            remedy=f"Set alpha to one of {', '.join(map(str, _IMAGENET_ALPHAS))}.",
        )
    with warnings.catch_warnings():
        # Keras warns of sides that it has no weights of their own for: kernels have no side.
        warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
        features = keras.applications.MobileNetV2(
            input_shape=(input_px, input_px, 3),
            include_top=False,
            weights=weights,
            alpha=alpha,
            **({} if name is None else {"name": name}),
        )
    for layer in features.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    return features


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

    Args:
        input_px: Side of the input in px, at least 32.
        settings: Extractor width, hidden units, dropout and freezing.
        scaling: How the intensities are scaled; ImageNet weights need ``minus_one_one``.
        encoder_weights: None or ``imagenet``.
        pretrained: Whether weights are given at all; ``freeze_extractor: auto`` follows it.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, 1) crack probability.
    """
    inputs, scaled = scaled_input(input_px, scaling)
    extractor = build_mobilenetv2_features(
        input_px, alpha=settings.alpha, weights=encoder_weights, name=EXTRACTOR
    )
    outputs = classify_features(scaled, extractor, settings, pretrained=pretrained)
    return keras.Model(inputs, outputs, name="mobilenetv2")
