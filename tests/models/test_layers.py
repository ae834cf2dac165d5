"""Operations counted by hand, and by TensorFlow's profiler."""

import keras
import pytest
from keras import layers

from crack_pipeline.models.builders import build_model
from crack_pipeline.models.hairline import StandardizedConv2D
from crack_pipeline.models.layers import count_flops
from crack_pipeline.models.settings import ClassificationModel, CnnSettings, SegmentationModel


def _count(*stack: keras.layers.Layer) -> int:
    inputs = x = keras.Input((None, None, 3))
    for layer in stack:
        x = layer(x)
    return count_flops(keras.Model(inputs, x), 8)


def test_convolutions_by_hand():
    # 3·3·3·4 weights at 8·8 places, two operations each
    assert _count(layers.Conv2D(4, 3, padding="same")) == 2 * 108 * 64
    assert _count(layers.Conv2D(4, 3, strides=2, padding="same")) == 2 * 108 * 16
    assert _count(StandardizedConv2D(4, 3)) == 2 * 108 * 64
    assert _count(layers.DepthwiseConv2D(3, padding="same")) == 2 * 27 * 64
    # each pixel of the input is multiplied with the whole kernel
    assert _count(layers.Conv2DTranspose(4, 2, strides=2)) == 2 * 48 * 64
    assert _count(layers.SeparableConv2D(4, 3, padding="same")) == 2 * (27 + 12) * 64


def test_inner_models_count():
    inner_input = keras.Input((8, 8, 3))
    inner = keras.Model(inner_input, layers.Conv2D(4, 1)(inner_input))
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(inner(inputs))))
    assert count_flops(model, 8) == 2 * 12 * 64 + 2 * 256 * 2


def test_a_classifier_by_hand():
    settings = ClassificationModel(cnn=CnnSettings(filters=(4, 8), dense_units=16))
    model = build_model("classification", settings, input_px=32)
    convolutions = 2 * (27 * 4 * 32**2 + 9 * 4 * 8 * 16**2)
    # average and maximum of 8 channels, joined, then 16 units and one
    assert count_flops(model, 32) == convolutions + 2 * (16 * 16 + 16)


@pytest.mark.parametrize("name", ["unet", "hairline"])
def test_the_profiler_counts_the_same(name):
    model = build_model("segmentation", SegmentationModel(name=name), input_px=64)
    assert count_flops(model, 64) == _profile(model, 64)


def _profile(model: keras.Model, input_px: int) -> int:
    """Operations of convolutions, as TensorFlow's profiler counts them."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    tile = tf.TensorSpec((1, input_px, input_px, 3), tf.float32)
    traced = tf.function(lambda tiles: model(tiles, training=False)).get_concrete_function(tile)
    frozen = convert_to_constants.convert_variables_to_constants_v2(traced)
    options = {**tf.compat.v1.profiler.ProfileOptionBuilder.float_operation(), "output": "none"}
    node = tf.compat.v1.profiler.profile(
        graph=frozen.graph, run_meta=tf.compat.v1.RunMetadata(), cmd="op", options=options
    )
    counted = 0
    while node.children:  # a chain: one kind of operation below the other
        node = node.children[0]
        counted += node.float_ops if "Conv" in node.name else 0
    return counted
