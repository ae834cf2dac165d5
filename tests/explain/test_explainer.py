import cv2
import numpy as np
import pandas as pd
import pytest
from tests.explain.networks import SIDE, flat_network

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.explainer import Explainer
from crack_pipeline.explain.photos import ChosenPhoto
from crack_pipeline.explain.scores import energy_inside
from crack_pipeline.explain.settings import ALL_METHODS, ClassificationExplanation
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo


def test_of_a_photo_the_tile_with_most_crack_is_explained(explain):
    explained = explain()
    assert explained.photo.shape == (32, 32, 3)
    assert explained.truth is not None
    assert explained.truth.sum() == 3 * 32
    assert explained.predicted is not None
    np.testing.assert_array_equal(explained.predicted, explained.truth)
    assert explained.target == "predicted crack"
    np.testing.assert_array_equal(explained.weights, explained.truth)
    assert explained.probability is None
    assert explained.joints is None
    assert list(explained.heats) == list(ALL_METHODS)
    for name, heat in explained.heats.items():
        assert energy_inside(heat.heat, explained.truth) > (0.2 if name == "occlusion" else 0.9)


def test_all_pixels_are_explained_where_asked_for_or_where_no_crack_is_predicted(explain):
    assert explain(region="all").target == "all pixels"
    crack_free = explain(9)
    assert crack_free.target == "all pixels"
    assert (crack_free.weights == 1).all()


def test_the_prediction_is_made_under_the_views_of_the_threshold(make_explainer, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "noise.png"), image[..., ::-1])
    row = pd.Series(
        {
            "image_path": str(tmp_path / "noise.png"),
            "mask_path": pd.NA,
            "label": pd.NA,
            "source": "folder",
        }
    )
    predicted = {}
    for views in ("none", "zooms"):
        explainer = make_explainer(views=views, methods=("saliency",))
        explained = explainer.explain(ChosenPhoto("noise", None, is_scored=False), row)
        np.testing.assert_array_equal(explained.predicted, explainer.bundle.predict_mask(image))
        np.testing.assert_array_equal(explained.weights, explained.predicted)
        predicted[views] = explained.predicted
    assert (predicted["none"] != predicted["zooms"]).any()


def test_for_a_label_the_whole_photo_is_explained(explain):
    explained = explain(task="classification")
    assert explained.target == "photo"
    assert explained.label == 1
    assert explained.probability is not None
    assert explained.probability > 0.9
    assert explained.predicted is None
    assert explained.weights.shape == (1,)
    assert explained.truth is not None
    assert explained.truth.shape == (32, 32)


def test_a_photo_without_mask_and_label_is_explained_all_the_same(explain):
    explained = explain(task="classification", row={"mask_path": pd.NA, "label": pd.NA})
    assert explained.truth is None
    assert explained.label is None
    assert set(explained.heats) == set(ALL_METHODS)


def test_only_the_methods_asked_for_are_used(explain):
    assert list(explain(methods=("occlusion", "saliency")).heats) == ["occlusion", "saliency"]


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_confidence_is_the_probability_of_what_is_explained(make_explainer, explain, task):
    explainer, explained = make_explainer(task), explain(task=task)
    photos = np.stack([explained.photo, np.full_like(explained.photo, 255)] * 5)
    confidence = explainer.confidence(photos, explained.weights)
    assert confidence.shape == (10,)
    assert confidence[::2].min() > 0.7
    assert confidence[1::2].max() < 0.1


def test_a_network_without_convolution_is_explained_without_grad_cam():
    info = ModelInfo(task="classification", model="flat", tile_px=SIDE)
    bundle = ModelBundle(flat_network(), info, Decision(threshold=0.5, views="none"))
    with pytest.raises(ParameterError, match="needs a network with a convolution"):
        Explainer(bundle, ClassificationExplanation())
    settings = ClassificationExplanation(methods=("saliency",))
    assert Explainer(bundle, settings).layer is None


def test_an_unknown_layer_is_refused(make_explainer):
    with pytest.raises(ParameterError, match=r"darc.*Did you mean dark\?"):
        make_explainer(layer="darc")
