"""Mixed precision holds for one training, and for nothing after it."""

import keras
import numpy as np
import pytest

from crack_pipeline.models.settings import SegmentationModel, UnetSettings
from crack_pipeline.training.compiling import compile_model
from crack_pipeline.training.precision import computing_in
from crack_pipeline.training.recipe import Precision, TrainingRecipe
from crack_pipeline.training.supervision import build_supervised


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_network_computes_in_it_and_keeps_its_weights_in_float32(precision: Precision):
    recipe = TrainingRecipe(precision=precision)
    settings = SegmentationModel(unet=UnetSettings(base_filters=2, depth=1))
    with computing_in(precision):
        model = build_supervised("segmentation", settings, recipe, input_px=16)
        compile_model(model, recipe, task="segmentation", learning_rate=0.01, epochs=1, steps=4)
    assert keras.config.dtype_policy().name == "float32"
    computed = {layer.compute_dtype for layer in model.layers if layer.weights}
    assert precision.removeprefix("mixed_") in computed
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.output.dtype == "float32"
    is_scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert is_scaled == (precision == "mixed_float16")
    tiles = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3)).astype("uint8")
    logs = model.train_on_batch(tiles, np.ones((2, 16, 16, 1), "float32"), return_dict=True)
    assert np.isfinite(logs["loss"])


def test_it_ends_with_an_error_too():
    with pytest.raises(ZeroDivisionError), computing_in("mixed_bfloat16"):
        raise ZeroDivisionError
    assert keras.config.dtype_policy().name == "float32"
