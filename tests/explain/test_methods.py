import numpy as np
import pytest
from tests.explain.networks import draw_photo, patch_network

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.gradients import LogitGradients
from crack_pipeline.explain.methods import apply_method, require_methods, title_of
from crack_pipeline.explain.settings import ALL_METHODS, ExplanationSettings


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
    require_methods(ALL_METHODS)


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
