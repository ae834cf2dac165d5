import keras
import numpy as np
import pytest
from tests.explain.networks import SIDE, flat_network, patch_network

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.layers import choose_layer, list_blocks, list_feature_layers
from crack_pipeline.models.builders import build_model
from crack_pipeline.models.settings import SegmentationModel, UnetSettings


def test_the_layers_of_an_encoder_are_found_in_the_order_of_computing():
    for nested in (False, True):
        layers = list_feature_layers(patch_network("segmentation", nested=nested), SIDE)
        names = [one.name for one in layers]
        assert names == ["darkness", "darkness_relu", "window", "around", "around_relu"]
        assert [one.is_convolution for one in layers] == [True, False, False, True, False]
        assert layers[1].follows is layers[0].layer
        assert all(one.shape == (SIDE, SIDE, 2) for one in layers)


def test_the_last_convolution_is_taken_with_its_activation():
    layers = list_feature_layers(patch_network("classification"), SIDE)
    assert choose_layer(layers, None).name == "around_relu"


def test_a_layer_is_found_by_name():
    layers = list_feature_layers(patch_network("classification"), SIDE)
    assert choose_layer(layers, "darkness").name == "darkness"


def test_an_unknown_layer_is_refused_with_the_nearest_names():
    layers = list_feature_layers(patch_network("classification"), SIDE)
    with pytest.raises(ParameterError, match=r"darknes\b.*Did you mean darkness") as caught:
        choose_layer(layers, "darknes")
    assert "explanation.<task>.layer" in str(caught.value)
    with pytest.raises(ParameterError, match="The last ones are darkness"):
        choose_layer(layers, "zzz")


def test_grad_cam_needs_a_convolution():
    layers = list_feature_layers(flat_network(), SIDE)
    with pytest.raises(ParameterError, match=r"needs a network with a convolution.*methods"):
        choose_layer(layers, None)


def test_blocks_end_where_the_resolution_changes():
    settings = SegmentationModel(name="unet", unet=UnetSettings(base_filters=4, depth=2))
    model = build_model("segmentation", settings, input_px=32)
    blocks = list_blocks(list_feature_layers(model, 32))
    assert [one.name for one in blocks] == [
        "down0_b_relu",
        "down1_b_relu",
        "bottleneck_b_relu",
        "up1_b_relu",
        "up0_b_relu",
    ]
    assert [one.shape[0] for one in blocks] == [32, 16, 8, 16, 32]


def test_one_layer_that_computes_in_turn_with_others_ends_no_block_early():
    inputs = keras.Input((16, 16, 3))
    small = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="small")(inputs)
    large = keras.layers.Conv2D(4, 3, padding="same", name="large")(inputs)
    small = keras.layers.Activation("relu", name="small_relu")(small)
    large = keras.layers.Activation("relu", name="large_relu")(large)
    large = keras.layers.Concatenate(name="join")([large, keras.layers.UpSampling2D()(small)])
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1, activation="sigmoid")(large))
    names = [one.name for one in list_blocks(list_feature_layers(model, 16))]
    assert names == ["small_relu", "join"]
    assert np.isfinite(np.asarray(model(np.zeros((1, 16, 16, 3), np.float32)))).all()
