"""A photo of something else is answered and named; an enlarged one is predicted at its own size."""

import cv2
import numpy as np
import pytest

from crack_pipeline.images.appearance import measure_appearance
from crack_pipeline.inspection.crack_model import CrackModel
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.measurement import MeasurementRecord
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.training_range import Look, fit_training_range

SIDE = 192


class Dark:
    """Crack where it is dark."""

    def predict_on_batch(self, x):
        return 1 - x[..., :1] / np.float32(255)


def draw_concrete(seed, *, crack=False):
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), rng.uniform(0.7, 1.0))
    photo = rng.uniform(150, 180) + 25 * grain
    if crack:
        photo[91:97] = 20
    return np.clip(photo, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def draw_forest():
    """Trunks, leaves and sky: dark, and bright in places."""
    rng = np.random.default_rng(0)
    leaves = cv2.resize(rng.uniform(0, 90, (96, 96, 3)), (SIDE, SIDE), interpolation=0)
    leaves[:, ::16] *= 0.2
    leaves[..., 1] += 30
    return np.clip(leaves, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def model():
    looks = [
        Look(measure_appearance(draw_concrete(seed, crack=seed % 2 > 0))) for seed in range(60)
    ]
    known = fit_training_range(looks, [str(seed) for seed in range(60)])
    info = ModelInfo(task="segmentation", model="dark", tile_px=64, overlap_px=0)
    decision = Decision(threshold=0.7, views="none")
    record = MeasurementRecord(threshold=0.7, a90_95_px=3.0, training_range=known)
    return CrackModel(ModelBundle(Dark(), info, decision, measurement=record))


def test_concrete_is_like_training(model):
    found = model.measure(draw_concrete(100, crack=True))
    assert (found.unlike, found.zoom) == ("", 1.0)
    assert len(found.cracks) == 1


def test_a_forest_is_answered_and_named(model):
    found = model.measure(draw_forest())
    assert "it is darker" in found.unlike
    assert found.verdict.startswith("Unlike the training photos: ")
    assert found.summarize()["unlike_training"] == found.unlike


def test_an_enlarged_photo_is_predicted_at_its_own_size_and_measured_as_it_is(model):
    photo = draw_concrete(100, crack=True)
    large = cv2.resize(photo, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    native, found = model.measure(large), model.measure(large, scale="auto")
    assert (native.zoom, found.zoom) == (1.0, 0.25)
    assert "it was enlarged" in native.unlike or "was enlarged" in native.unlike
    assert found.mask.shape == large.shape[:2]
    small = model.measure(photo).cracks["mean_width_px"].iloc[0]
    assert found.cracks["mean_width_px"].iloc[0] == pytest.approx(4 * small, rel=0.15)
    assert found.limit.width_px == pytest.approx(12.0)


def test_a_model_that_was_evaluated_before_says_nothing(model):
    older = ModelBundle(Dark(), model.bundle.info, model.bundle.decision)
    found = CrackModel(older).measure(draw_forest(), scale="auto")
    assert (found.unlike, found.zoom) == ("", 1.0)
