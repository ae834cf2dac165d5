import keras
import numpy as np
import pytest
from tests.explain.networks import SIDE, draw_photo, flat_network, patch_mask, patch_network

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.gradients import LogitGradients, give_logits
from crack_pipeline.explain.layers import (
    choose_layer,
    list_blocks,
    list_feature_layers,
    randomize_weights,
    read_activations,
    read_filters,
    watch_layers,
)
from crack_pipeline.explain.methods import apply_method
from crack_pipeline.explain.scores import compare_structure, correlate_ranks
from crack_pipeline.explain.settings import ALL_METHODS, ExplanationSettings, OcclusionSettings
from crack_pipeline.models.builders import build_model
from crack_pipeline.models.layers import leaves_of
from crack_pipeline.models.settings import SegmentationModel, UnetSettings


def test_the_layers_of_an_encoder_are_found_in_the_order_of_computing():
    for nested in (False, True):
        layers = list_feature_layers(patch_network("segmentation", nested=nested), SIDE)
        names = [one.name for one in layers]
        assert names == ["darkness", "darkness_relu", "window", "around", "around_relu"]
        assert [one.kernel is not None for one in layers] == [True, False, False, True, False]
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


def test_the_filters_are_those_that_see_the_photo():
    for nested in (False, True):
        model = patch_network("segmentation", nested=nested)
        name, kernels = read_filters(list_feature_layers(model, SIDE))
        assert name == "darkness"
        assert kernels.shape == (2, 3, 3, 3)
        np.testing.assert_allclose(kernels[:, 1, 1], -1 / 3)


def test_activations_are_what_the_layers_give():
    model = patch_network("segmentation", nested=True)
    layers = [one for one in list_feature_layers(model, SIDE) if one.name in ("window", "around")]
    (window, maps), (around, _) = read_activations(model, layers, draw_photo())
    assert (window, around) == ("window", "around")
    assert maps.shape == (SIDE, SIDE, 2)
    assert (maps[patch_mask() > 0] > 0.4).all()
    assert (maps[patch_mask() == 0] == 0).all()


def test_a_network_without_a_convolution_has_no_filters():
    assert read_filters(list_feature_layers(flat_network(), SIDE)) is None


def test_calls_inside_an_encoder_are_seen_and_layers_are_left_as_they_were():
    model = patch_network("classification", nested=True)
    leaves = list(leaves_of(model))
    seen = []
    with watch_layers(leaves, lambda layer, given, output: seen.append(layer.name)):
        model(draw_photo()[None].astype(np.float32))
    assert seen.index("darkness") < seen.index("around") < seen.index("crack_probability")
    assert not any("call" in layer.__dict__ for layer in leaves)


def test_layers_and_sigmoid_come_back_after_an_error():
    model = patch_network("classification")
    leaves, sigmoid = list(leaves_of(model)), model.layers[-1].activation
    with pytest.raises(ZeroDivisionError), watch_layers(leaves, print), give_logits(model):
        raise ZeroDivisionError
    assert not any("call" in layer.__dict__ for layer in leaves)
    assert model.layers[-1].activation is sigmoid


SETTINGS = ExplanationSettings(occlusion=OcclusionSettings(patch_px=8, stride_px=4))


def test_weights_are_drawn_by_the_seed_and_the_network_is_left_alone():
    model = patch_network("segmentation", nested=True)
    before = [np.array(weight) for weight in model.get_weights()]
    first, second, other = (randomize_weights(model, seed=seed) for seed in (0, 0, 1))
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    kernels = [weight for weight in first.get_weights() if weight.ndim > 1]
    others = [weight for weight in other.get_weights() if weight.ndim > 1]
    assert not any(np.array_equal(one, two) for one, two in zip(kernels, others, strict=True))
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_a_network_without_what_it_learnt_is_explained_otherwise(method):
    # not of the patch network: its window is no weight
    model = flat_network()
    kernel, bias = model.layers[-1].get_weights()
    learnt = np.zeros((SIDE, SIDE, 3), np.float32)
    learnt[:, 20:28] = -0.01
    model.layers[-1].set_weights([learnt.reshape(kernel.shape), bias])
    if method == "grad_cam":
        model = patch_network("classification")
    fresh = randomize_weights(model, seed=3)
    layers = list_feature_layers(model, SIDE)
    maps = [explain(one, method, has_layer=bool(layers)) for one in (model, fresh)]
    assert not np.allclose(*maps)
    if method != "grad_cam":
        assert abs(correlate_ranks(*maps)) < 0.5
        assert compare_structure(*maps) < 0.5


def explain(model, method, *, has_layer: bool) -> np.ndarray:
    layer = choose_layer(list_feature_layers(model, SIDE), None) if has_layer else None
    return apply_method(
        method,
        LogitGradients(model),
        draw_photo().astype(np.float32),
        np.ones(1, np.float32),
        settings=SETTINGS,
        layer=layer,
    ).heat
