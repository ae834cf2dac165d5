import numpy as np
import pytest
from tests.explain.networks import draw_photo, patch_network

from crack_pipeline.explain.watching import give_logits, watch_layers
from crack_pipeline.models.layers import leaves_of


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
