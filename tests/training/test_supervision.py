"""Side outputs are trained, and left out of what is kept."""

import numpy as np
import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.models.settings import (
    ClassificationModel,
    CnnSettings,
    SegmentationModel,
    UnetSettings,
)
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.training.supervision import build_supervised, final_part

SETTINGS = SegmentationModel(unet=UnetSettings(base_filters=2, depth=2, dropout=0.0))
TILES = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3)).astype("uint8")


def test_side_outputs_stand_behind_the_final_one():
    recipe = TrainingRecipe(side_weight=0.5)
    supervised = build_supervised("segmentation", SETTINGS, recipe, input_px=16)
    everything = np.asarray(supervised(TILES))
    assert everything.shape[:3] == (2, 16, 16)
    assert everything.shape[3] >= 2
    kept = final_part(supervised, recipe)
    np.testing.assert_allclose(kept(TILES), everything[..., :1], rtol=1e-6)
    assert kept.output_shape[-1] == 1
    assert kept.count_params() < supervised.count_params()
    plain = build_supervised("segmentation", SETTINGS, TrainingRecipe(), input_px=16)
    assert kept.count_params() == plain.count_params()


def test_without_side_outputs_the_whole_network_is_kept():
    recipe = TrainingRecipe(side_weight=0.0)
    supervised = build_supervised("segmentation", SETTINGS, recipe, input_px=16)
    assert supervised.output_shape[-1] == 1
    assert final_part(supervised, recipe) is supervised


def test_a_network_without_them_is_refused():
    settings = ClassificationModel(cnn=CnnSettings())
    with pytest.raises(ParameterError, match=r"training\.classification\.side_weight"):
        build_supervised("classification", settings, TrainingRecipe(side_weight=0.5), input_px=64)
