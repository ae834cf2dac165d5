"""Errors of lacking memory, as the backends raise them, become one that says what to do."""

import keras
import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.exhaustion import explain_exhaustion, is_exhaustion
from crack_pipeline.training.recipe import TrainingRecipe


class OutOfMemoryError(RuntimeError):
    """As torch.cuda's."""


class XlaRuntimeError(RuntimeError):
    """As JAX's."""


def _tensorflow_error() -> Exception:
    tf = pytest.importorskip("tensorflow")
    return tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        XlaRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 17179869184 bytes"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] std::bad_alloc"),
        _tensorflow_error(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_lacking_memory_says_which_batch_size_to_try(error):
    recipe = TrainingRecipe(batch_size=9, accumulation_steps=2)
    with pytest.raises(TrainingError) as raised, explain_exhaustion("segmentation", recipe):
        raise error
    assert "training.segmentation.batch_size=9" in raised.value.received
    assert "training.segmentation.batch_size=4" in raised.value.remedy
    assert "training.segmentation.accumulation_steps=4" in raised.value.remedy
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    ("batch_size", "devices", "smaller", "steps"), [(24, 8, 8, 3), (16, 2, 8, 2), (12, 4, 4, 3)]
)
def test_the_batch_size_to_try_divides_among_the_devices(batch_size, devices, smaller, steps):
    recipe = TrainingRecipe(batch_size=batch_size)
    with (
        pytest.raises(TrainingError) as raised,
        explain_exhaustion("segmentation", recipe, devices),
    ):
        raise MemoryError
    assert f"training.segmentation.batch_size={smaller}," in raised.value.remedy
    assert f"training.segmentation.accumulation_steps={steps} " in raised.value.remedy


@pytest.mark.parametrize(("batch_size", "devices"), [(1, 1), (4, 4)])
def test_one_tile_a_device_asks_for_smaller_tiles(batch_size, devices):
    remedy = r"Lower preprocessing\.classification\.tile_px"
    with (
        pytest.raises(TrainingError, match=remedy),
        explain_exhaustion("classification", TrainingRecipe(batch_size=batch_size), devices),
    ):
        raise MemoryError


@pytest.mark.parametrize("error", [ValueError("shape"), RuntimeError("INVALID_ARGUMENT")])
def test_other_errors_pass(error):
    assert not is_exhaustion(error)
    with pytest.raises(type(error)), explain_exhaustion("segmentation", TrainingRecipe()):
        raise error


def test_the_backend_in_use_is_understood():
    with (
        pytest.raises(TrainingError, match="batch_size=4"),
        explain_exhaustion("segmentation", TrainingRecipe(batch_size=8)),
    ):
        keras.ops.ones((2**31 - 1, 2**20), dtype="float32")  # 8 PiB
