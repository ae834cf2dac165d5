import subprocess
import sys

import numpy as np
import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.prediction.photo import TilingSettings, predict_photo
from crack_pipeline.prediction.runtimes import make_predict_batch


class FakeModel:
    """Gives a fixed output."""

    def __init__(self, output: np.ndarray) -> None:
        self.output = output

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        return self.output


BATCH = np.zeros((2, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("given_shape", "expected_shape"),
    [((2, 8, 8, 1), (2, 8, 8)), ((2, 8, 8), (2, 8, 8)), ((2, 1), (2,)), ((2,), (2,))],
)
def test_drops_the_channel_axis(given_shape, expected_shape):
    output = make_predict_batch(FakeModel(np.full(given_shape, 0.25)))(BATCH)
    assert output.shape == expected_shape
    assert output.dtype == np.float32


def test_refuses_probabilities_that_are_not_finite():
    output = np.array([[0.5], [np.nan]], np.float32)
    with pytest.raises(TrainingError, match="1 of 2 values"):
        make_predict_batch(FakeModel(output))(BATCH)


@pytest.mark.parametrize(
    ("n_tiles", "told"),
    [(5, r"5 inputs of 8 px; RuntimeError.*model_info\.json to 2 or less"), (1, "take a machine")],
)
def test_lacking_memory_says_which_batch_size_to_lower(n_tiles, told):
    class LargeModel:
        def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(TrainingError, match=told):
        make_predict_batch(LargeModel())(BATCH[[0] * n_tiles])


def test_other_errors_of_a_model_pass():
    class WrongModel:
        def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
            raise ValueError("incompatible shape")

    with pytest.raises(ValueError, match="incompatible"):
        make_predict_batch(WrongModel())(BATCH)


def test_a_keras_model_is_traced_once_and_repeats_itself():
    keras = pytest.importorskip("keras")
    traces = []

    class CountTraces(keras.layers.Layer):
        def call(self, inputs):
            traces.append(inputs.shape)
            return inputs

    inputs = keras.Input((None, None, 3))
    scaled = keras.layers.Rescaling(1 / 255)(inputs)
    outputs = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(scaled)
    predict_batch = make_predict_batch(keras.Model(inputs, CountTraces()(outputs)))
    built = len(traces)
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    tiling = TilingSettings(32, 8, batch_size=3)
    first = [predict_photo(photo, predict_batch, tiling) for photo in photos]
    second = [predict_photo(photo, predict_batch, tiling) for photo in photos]
    assert len(traces) - built == 1
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_predicting_imports_no_network_library():
    code = (
        "import sys, crack_pipeline.prediction.runtimes, crack_pipeline.tasks\n"
        "print([name for name in ('keras', 'tensorflow', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
