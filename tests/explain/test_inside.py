import numpy as np
from tests.explain.networks import SIDE, draw_photo, flat_network, patch_mask, patch_network

from crack_pipeline.explain.inside import read_activations, read_filters
from crack_pipeline.explain.layers import list_feature_layers


def test_the_filters_are_those_that_see_the_photo():
    for nested in (False, True):
        filters = read_filters(
            list_feature_layers(patch_network("segmentation", nested=nested), SIDE)
        )
        assert filters.layer == "darkness"
        assert filters.kernels.shape == (2, 3, 3, 3)
        np.testing.assert_allclose(filters.kernels[:, 1, 1], -1 / 3)


def test_activations_are_what_the_layers_give():
    model = patch_network("segmentation", nested=True)
    layers = [one for one in list_feature_layers(model, SIDE) if one.name in ("window", "around")]
    window, around = read_activations(model, layers, draw_photo())
    assert (window.layer, around.layer) == ("window", "around")
    assert window.maps.shape == (SIDE, SIDE, 2)
    assert (window.maps[patch_mask() > 0] > 0.4).all()
    assert (window.maps[patch_mask() == 0] == 0).all()


def test_a_network_without_a_convolution_has_no_filters():
    assert read_filters(list_feature_layers(flat_network(), SIDE)) is None
