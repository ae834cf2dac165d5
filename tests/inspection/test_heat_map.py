"""Heat maps: a classifier slides over a photo."""

from dataclasses import replace

import numpy as np
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.errors import ParameterError
from crack_pipeline.inspection.heat_map import make_heat_map
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.measurement import MeasurementRecord
from crack_pipeline.prediction.model_info import ModelInfo

LABELS = ModelInfo(task="classification", model="dark", tile_px=16, batch_size=3)


def see_dark(batch):
    return 1 - batch.mean(axis=(1, 2, 3)).astype(np.float32) / 255


def dark_bundle(threshold=0.5, views="none"):
    return bundle_of(see_dark, LABELS).decided(Decision(threshold=threshold, views=views))


def photo_with_a_dark_corner(height_px, width_px, corner_px):
    photo = np.full((height_px, width_px, 3), 255, np.uint8)
    photo[:corner_px, :corner_px] = 0
    return photo


def test_windows_step_by_half_a_window_and_the_darkest_gives_the_label():
    photo = photo_with_a_dark_corner(64, 96, 32)
    heat = make_heat_map(dark_bundle(), photo, window_px=32)
    expected = [[1, 0.5, 0, 0, 0], [0.5, 0.25, 0, 0, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_allclose(heat.windows, expected, atol=1e-6)
    assert (heat.label, heat.highest) == ("crack", 1)
    assert heat.crack_share == pytest.approx(3 / 15)


def test_the_map_blends_windows_and_has_the_size_of_the_photo():
    heat = make_heat_map(dark_bundle(), photo_with_a_dark_corner(64, 96, 32), window_px=32)
    assert heat.probability.shape == (64, 96)
    assert heat.probability.dtype == np.float32
    assert heat.probability[0, 0] == 1
    assert heat.probability[-1, -1] == 0
    assert (np.diff(heat.probability[0]) <= 1e-6).all()
    assert -np.diff(heat.probability[0]).min() < 0.06  # no seam


def test_a_constant_classifier_gives_a_constant_map():
    photo = np.full((50, 131, 3), 51, np.uint8)
    heat = make_heat_map(dark_bundle(), photo, window_px=24)
    np.testing.assert_allclose(heat.probability, 0.8, atol=1e-6)
    assert heat.crack_share == 1


@pytest.mark.parametrize("size", [(32, 32), (20, 31), (1, 1)])
def test_a_photo_no_larger_than_a_window_is_taken_whole_as_in_evaluation(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    bundle = dark_bundle(views="flips")
    heat = make_heat_map(bundle, photo, window_px=32)
    assert heat.windows.tolist() == [list(bundle.predict_labels([photo]))]
    assert heat.probability.shape == size


def test_a_photo_narrower_than_a_window_is_extended():
    photo = photo_with_a_dark_corner(20, 80, 20)
    heat = make_heat_map(dark_bundle(), photo, window_px=32)
    assert heat.windows.shape == (1, 4)
    assert heat.windows[0, 0] == pytest.approx(20 / 32, abs=0.01)
    assert heat.probability.shape == (20, 80)


def test_the_side_of_a_window_is_that_of_the_training_photos():
    bundle = dark_bundle()
    photo = photo_with_a_dark_corner(64, 96, 32)
    unknown = make_heat_map(bundle, photo)
    assert unknown.window_px == 64
    record = MeasurementRecord(threshold=0.5, training_side_px=24)
    known = make_heat_map(replace(bundle, measurement=record), photo)
    assert known.window_px == 24


def test_a_crack_free_photo_says_so():
    heat = make_heat_map(dark_bundle(), np.full((64, 64, 3), 200, np.uint8), window_px=32)
    assert (heat.label, heat.crack_share) == ("no crack", 0)


def test_a_model_of_masks_or_without_decision_is_refused():
    photo = np.zeros((8, 8, 3), np.uint8)
    masks = ModelInfo(task="segmentation", model="dark", tile_px=32, overlap_px=8)
    with pytest.raises(ParameterError, match="predict_mask"):
        make_heat_map(bundle_of(see_dark, masks).decided(Decision(threshold=0.5)), photo)
    with pytest.raises(ParameterError, match="evaluate"):
        make_heat_map(bundle_of(see_dark, LABELS), photo)
