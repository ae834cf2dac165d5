"""Mixed precision holds for one training, and for nothing after it."""

import logging

import keras
import numpy as np
import pytest

from crack_pipeline.models.settings import SegmentationModel, UnetSettings
from crack_pipeline.training import backend
from crack_pipeline.training.backend import (
    computing_in,
    multiplies_bfloat16,
    processor_multiplies_bfloat16,
    settle_precision,
)
from crack_pipeline.training.compiling import compile_model
from crack_pipeline.training.fitting import build_supervised
from crack_pipeline.training.recipe import Precision, TrainingRecipe


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


SAPPHIRE_RAPIDS = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile\n"
ZEN_2 = "processor\t: 0\nflags\t\t: fpu fma avx avx2\nbugs\t\t: amx_bf16\n"


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (SAPPHIRE_RAPIDS, True),
        ("flags : avx512f avx512_bf16", True),
        (ZEN_2, False),
        ("flags : avx512f avx512_bf16_of_another_kind", False),
        ("Features : fp asimd bf16", False),
        ("", False),
    ],
)
def test_a_processor_is_read_by_its_flags(cpuinfo, expected):
    assert processor_multiplies_bfloat16(cpuinfo) is expected


def test_auto_is_settled_for_the_device_in_use():
    settled = settle_precision("segmentation", TrainingRecipe(precision="auto"))
    assert settled.precision == ("mixed_bfloat16" if multiplies_bfloat16() else "float32")
    assert settled == TrainingRecipe(precision=settled.precision)


@pytest.mark.parametrize("able", [True, False])
def test_a_named_precision_stays_and_imitation_is_told(able, monkeypatch, caplog):
    monkeypatch.setattr(backend, "multiplies_bfloat16", lambda: able)
    caplog.set_level(logging.WARNING, "crack_pipeline")
    recipe = TrainingRecipe(precision="mixed_bfloat16")
    assert settle_precision("segmentation", recipe) is recipe
    told = "training.segmentation.precision=mixed_bfloat16" in caplog.text
    assert told is not able
    caplog.clear()
    assert settle_precision("classification", TrainingRecipe()).precision == "float32"
    assert not caplog.records
