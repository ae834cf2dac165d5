"""The sanity check: what is shown depends on what was learnt."""

import numpy as np
import pytest
from tests.explain.networks import SIDE, draw_photo, flat_network, patch_network

from crack_pipeline.explain.gradients import LogitGradients
from crack_pipeline.explain.layers import choose_layer, list_feature_layers
from crack_pipeline.explain.methods import apply_method
from crack_pipeline.explain.randomization import randomize_weights
from crack_pipeline.explain.scores import compare_structure, correlate_ranks
from crack_pipeline.explain.settings import ALL_METHODS, ExplanationSettings, OcclusionSettings

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
