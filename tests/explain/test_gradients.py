import keras
import numpy as np
import pytest
from tests.explain.networks import SIDE, draw_photo, patch_mask, patch_network

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.explain.gradients import LogitGradients
from crack_pipeline.models.layers import leaves_of

ONE = np.ones(1, np.float32)


@pytest.fixture
def photo() -> np.ndarray:
    return draw_photo().astype(np.float32)


def test_the_score_is_the_sum_of_the_logits_in_the_region(photo):
    model = patch_network("segmentation")
    gradients = LogitGradients(model)
    probability = np.asarray(model(photo[None]))[0, ..., 0].astype(np.float64)
    expected = np.log(probability / (1 - probability))
    np.testing.assert_allclose(gradients.logits(photo), expected, rtol=1e-3, atol=1e-4)
    score = gradients.scores(photo[None], patch_mask().astype(np.float32))
    assert score[0] == pytest.approx(expected[patch_mask() > 0].sum(), rel=1e-3)


def test_gradients_agree_with_finite_differences(photo):
    gradients = LogitGradients(patch_network("classification"))
    _, slopes = gradients.of_input(photo[None], ONE)
    changed = photo.copy()
    changed[20, 30, 1] += 4
    low, high = gradients.scores(np.stack([photo, changed]), ONE)
    assert slopes[0, 20, 30, 1] == pytest.approx((high - low) / 4, rel=1e-2)


def test_a_saturated_probability_still_has_a_gradient(photo):
    model = patch_network("classification")
    weights, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([weights * 1e4, bias])
    assert float(np.asarray(model(photo[None]))[0, 0]) == 1.0
    _, slopes = LogitGradients(model).of_input(photo[None], ONE)
    assert np.abs(slopes).max() > 0


def test_photos_of_any_number_are_computed_in_batches_of_one_size(photo):
    gradients = LogitGradients(patch_network("classification"), batch_size=4)
    photos = np.stack([photo + shift for shift in range(7)])
    scores, slopes = gradients.of_input(photos, ONE)
    assert scores.shape == (7,)
    for number in range(7):
        alone, slope = gradients.of_input(photos[number][None], ONE)
        assert scores[number] == pytest.approx(alone[0], rel=1e-4)
        np.testing.assert_allclose(slopes[number], slope[0], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(gradients.scores(photos, ONE), scores, rtol=1e-6)


def test_features_inside_an_encoder_have_gradients(photo):
    model = patch_network("segmentation", nested=True)
    layer = next(one for one in leaves_of(model) if one.name == "darkness_relu")
    region = np.ones((SIDE, SIDE), np.float32)
    features, slopes = LogitGradients(model).of_features(photo, region, layer)
    assert features.shape == slopes.shape == (SIDE, SIDE, 2)
    assert np.abs(slopes[patch_mask() > 0]).min() > 0
    assert np.abs(slopes[patch_mask() == 0]).max() == 0


def test_the_network_is_left_as_it_was(photo):
    model = patch_network("segmentation", nested=True)
    before = np.asarray(model(photo[None]))
    gradients = LogitGradients(model)
    layer = next(one for one in leaves_of(model) if one.name == "around_relu")
    gradients.of_features(photo, np.ones((SIDE, SIDE), np.float32), layer)
    assert "call" not in layer.__dict__
    assert model.layers[-1].activation is keras.activations.sigmoid
    np.testing.assert_array_equal(np.asarray(model(photo[None])), before)


def test_refuses_a_network_that_ends_in_no_sigmoid():
    inputs = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 1, activation="softmax", name="two")(inputs))
    with pytest.raises(ParameterError, match=r"sigmoid.*Received: its last layer is two"):
        LogitGradients(model)


def test_refuses_another_backend(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ParameterError, match=r"jax.*training\.backend=tensorflow"):
        LogitGradients(patch_network("classification"))


def test_refuses_weights_of_another_number(photo):
    gradients = LogitGradients(patch_network("segmentation"))
    with pytest.raises(ShapeError, match="Each logit needs its weight"):
        gradients.scores(photo[None], np.ones((8, 8), np.float32))
