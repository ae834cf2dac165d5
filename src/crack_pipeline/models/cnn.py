"""A small convolutional classifier, after the networks usually trained on crack patches."""

import keras
from keras import layers

from crack_pipeline.models.blocks import InputSizeError, convolve, scaled_input
from crack_pipeline.models.settings import CnnSettings, Scaling


def build_cnn(input_px: int, settings: CnnSettings, *, scaling: Scaling) -> keras.Model:
    """Build the classifier.

    Average and maximum are pooled side by side: a thin crack is a small share of a photo, so its
    average alone would drown.

    Args:
        input_px: Side of the input in px.
        settings: Blocks, kernels, hidden units and dropout.
        scaling: How the intensities are scaled.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, 1) crack probability.

    Raises:
        InputSizeError: If the input is smaller than the blocks' poolings need.
    """
    if input_px < 2 ** len(settings.filters):
        raise InputSizeError(f"tile_px={input_px} is too small for {len(settings.filters)} blocks")
    inputs, x = scaled_input(input_px, scaling)
    for number, filters in enumerate(settings.filters):
        for part in range(settings.convolutions):
            x = convolve(x, filters, name=f"block{number}_{part}", kernel_px=settings.kernel_px)
        x = layers.MaxPooling2D(name=f"block{number}_pool")(x)
    average = layers.GlobalAveragePooling2D(name="average")(x)
    maximum = layers.GlobalMaxPooling2D(name="maximum")(x)
    x = layers.Concatenate(name="pooled")([average, maximum])
    x = layers.Dense(settings.dense_units, activation="relu", name="hidden")(x)
    x = layers.Dropout(settings.dropout, name="hidden_dropout")(x)
    outputs = layers.Dense(1, activation="sigmoid", dtype="float32", name="crack_probability")(x)
    return keras.Model(inputs, outputs, name="cnn")
