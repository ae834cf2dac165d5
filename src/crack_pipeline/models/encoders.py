"""MobileNetV2 as the encoder of several networks.

Source:
    Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv:1801.04381.
"""

import warnings

import keras

from crack_pipeline.errors import ParameterError
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
