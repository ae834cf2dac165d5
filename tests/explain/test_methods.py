import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.explain.networks import SIDE, draw_photo, patch_mask, patch_network

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.gradients import LogitGradients
from crack_pipeline.explain.layers import choose_layer, list_feature_layers
from crack_pipeline.explain.methods import (
    apply_method,
    integrate_gradients,
    make_baseline,
    normalize_heat,
    title_of,
)
from crack_pipeline.explain.scores import energy_inside
from crack_pipeline.explain.settings import (
    ALL_METHODS,
    ExplanationSettings,
    IntegratedGradientsSettings,
    OcclusionSettings,
)


def apply(name: str):
    return apply_method(
        name,
        LogitGradients(patch_network("classification")),
        draw_photo().astype(np.float32),
        np.ones(1, np.float32),
        settings=ExplanationSettings(),
        layer=None,
    )


def test_an_unknown_method_is_refused_with_the_nearest_name():
    with pytest.raises(ParameterError, match=r"salency\. Did you mean saliency\?"):
        apply("salency")


def test_grad_cam_without_a_layer_is_refused():
    with pytest.raises(ParameterError, match="choose_layer"):
        apply("grad_cam")


def test_integrated_gradients_say_how_they_were_made():
    facts = apply("integrated_gradients").facts
    assert set(facts) == {"completeness_gap", "steps"}
    assert facts["completeness_gap"] <= 0.01


def test_grad_cam_of_masks_has_its_own_name():
    assert title_of("grad_cam", "segmentation") == "Seg-Grad-CAM"
    assert title_of("grad_cam", "classification") == "Grad-CAM"
    assert title_of("saliency", "segmentation") == "saliency"


SETTINGS = ExplanationSettings(occlusion=OcclusionSettings(patch_px=4, stride_px=2), batch_size=16)


def near_patch(px: int) -> np.ndarray:
    import cv2

    return cv2.dilate(patch_mask(), np.ones((2 * px + 1, 2 * px + 1), np.uint8))


def weights_of(task: str) -> np.ndarray:
    return patch_mask().astype(np.float32) if task == "segmentation" else np.ones(1, np.float32)


def explain(model: keras.Model, task: str, method: str, settings=SETTINGS) -> np.ndarray:
    layer = choose_layer(list_feature_layers(model, SIDE), None)
    photo = draw_photo().astype(np.float32)
    gradients = LogitGradients(model, batch_size=settings.batch_size)
    made = apply_method(method, gradients, photo, weights_of(task), settings=settings, layer=layer)
    return made.heat


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("task", ["segmentation", "classification"])
@pytest.mark.parametrize("method", ALL_METHODS)
def test_a_network_that_looks_at_a_patch_is_explained_there(task, method, nested):
    heat = explain(patch_network(task, nested=nested), task, method)
    assert heat.shape == (SIDE, SIDE)
    assert heat.dtype == np.float32
    assert heat.min() == 0
    assert heat.max() == 1
    # the network's own view reaches a pixel or two beyond the patch, a hiding square three
    assert energy_inside(heat, near_patch(3)) > 0.999
    assert energy_inside(heat, patch_mask()) > 0.6


@pytest.mark.parametrize("method", ALL_METHODS)
def test_the_seed_decides_the_noise_and_nothing_else(method):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, activation="tanh")(x)
    x = keras.layers.GlobalMaxPooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    first, second = (explain(model, "classification", method) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = explain(model, "classification", method, SETTINGS.model_copy(update={"seed": 1}))
    assert np.array_equal(first, other) == (method != "smoothgrad")


@pytest.mark.parametrize("baseline", ["blurred", "mean", "black", "white"])
def test_integrated_gradients_add_up_to_the_difference_of_the_scores(baseline):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    for filters in (8, 8):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.UpSampling2D(4)(x)
    outputs = keras.layers.Conv2D(1, 1, activation="sigmoid")(x)
    gradients = LogitGradients(keras.Model(inputs, outputs))
    photo, weights = draw_photo().astype(np.float32), np.ones((SIDE, SIDE), np.float32)
    settings = IntegratedGradientsSettings(baseline=baseline)
    path = integrate_gradients(gradients, photo, weights, settings)
    assert abs(path.attribution.sum() - path.difference) <= 0.01 * abs(path.difference)
    assert path.gap <= 0.01
    assert 16 <= path.steps <= 256


def steep_network() -> LogitGradients:
    """Its logit jumps where the mean of the photo passes 0.2: in a fiftieth of the path."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    hidden = keras.layers.Dense(1, activation="tanh")
    outputs = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Model(inputs, outputs(hidden(x)))
    hidden.set_weights([np.full((3, 1), 50.0), np.array([-30.0])])
    outputs.set_weights([np.ones((1, 1)), np.zeros(1)])
    return LogitGradients(model, batch_size=4)


def integrate_steep(**changes: object):
    photo, weights = draw_photo().astype(np.float32), np.ones(1, np.float32)
    settings = IntegratedGradientsSettings(baseline="black", **changes)
    return integrate_gradients(steep_network(), photo, weights, settings)


def test_steps_are_added_where_the_path_is_steep():
    path = integrate_steep(steps=8, largest_gap=0.01)
    even = integrate_steep(steps=path.steps, most_steps=path.steps, largest_gap=0.01)
    assert path.gap <= 0.01
    assert path.steps < 60
    assert even.gap > path.gap


def test_no_step_is_added_where_the_gap_is_small_enough_or_none_is_left():
    assert integrate_steep(steps=100, largest_gap=0.5).steps == 100
    stopped = integrate_steep(steps=8, most_steps=13, largest_gap=1e-9)
    assert stopped.steps == 13
    assert stopped.gap > 1e-9


def test_the_attributions_are_the_way_times_the_mean_gradient_of_a_network_without_bends():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Flatten()(inputs)
    gradients = LogitGradients(keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x)))
    photo, weights = draw_photo().astype(np.float32), np.ones(1, np.float32)
    settings = IntegratedGradientsSettings(baseline="black", steps=2)
    path = integrate_gradients(gradients, photo, weights, settings)
    _, slope = gradients.of_input(photo[None], weights)
    np.testing.assert_allclose(path.attribution, photo * slope[0], rtol=1e-4, atol=1e-6)
    assert path.steps == 2


@given(arrays(np.float64, (4, 5), elements=st.floats(-1e6, 1e6)))
def test_heat_lies_between_0_and_1_and_keeps_the_order(values):
    heat = normalize_heat(values)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() == (1 if values.max() > 0 else 0)
    assert heat.ravel()[values.argmax()] == heat.max()
    assert (heat[values <= 0] == 0).all()


def test_what_is_not_finite_has_no_heat():
    heat = normalize_heat(np.array([[np.nan, np.inf], [-np.inf, 2.0]]))
    np.testing.assert_array_equal(heat, [[0, 0], [0, 1]])


def test_the_blurred_photo_keeps_its_light_and_loses_its_crack():
    photo = np.full((64, 64, 3), 180, np.uint8)
    photo[31:33] = 20
    blurred = make_baseline(photo, "blurred")
    assert blurred.mean() == pytest.approx(photo.mean(), rel=0.02)
    assert np.ptp(blurred) < 0.25 * np.ptp(photo)


def test_even_baselines():
    photo = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    mean = make_baseline(photo, "mean")
    assert mean.shape == photo.shape
    np.testing.assert_allclose(mean[3, 4], photo.mean(axis=(0, 1)), rtol=1e-5)
    assert (make_baseline(photo, "black") == 0).all()
    assert (make_baseline(photo, "white") == 255).all()
