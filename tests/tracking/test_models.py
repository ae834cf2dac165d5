from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crack_pipeline.tracking.models import describe_interface, example_for, pin_requirements
from crack_pipeline.tracking.recorder import Recorder, RunPlan

MODEL = SimpleNamespace(input_shape=(None, None, None, 3), output_shape=(None, None, None, 1))


def test_interface_says_any_size_as_minus_one() -> None:
    interface = describe_interface(MODEL)
    assert interface == {"input_shape": [-1, -1, -1, 3], "output_shape": [-1, -1, -1, 1]}


def test_example_is_a_tile_or_grey() -> None:
    interface = {"input_shape": [-1, 8, 8, 3], "output_shape": [-1, 1]}
    tile = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    np.testing.assert_array_equal(example_for(interface, tile)[0], tile)
    grey = example_for(interface, None)
    assert grey.shape == (1, 8, 8, 3)
    assert grey.dtype == np.uint8


def test_requirements_are_pinned() -> None:
    assert {line.split("==")[0] for line in pin_requirements()} >= {"keras", "numpy"}


@pytest.fixture
def saved_model(tmp_path: Path) -> tuple[Any, Path]:
    import keras

    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(1, 1)])
    path = tmp_path / "model.keras"
    model.save(path)
    return model, path


@pytest.mark.filterwarnings("default")  # MLflow, while it loads a model
def test_model_arrives_whole_and_predicts(
    store: Any, outbox: Path, saved_model: tuple[Any, Path], tmp_path: Path
) -> None:
    import mlflow.pyfunc

    model, path = saved_model
    interface = describe_interface(model)
    example = tmp_path / "example.npy"
    np.save(example, example_for(interface, None))
    recorder = Recorder(RunPlan("unet-tiny", {}), store, outbox)
    recorder.open()
    for _ in range(2):  # sending twice changes nothing
        recorder.record_model(path, example, interface=interface, requirements=pin_requirements())
    recorder.close("FINISHED")
    (output,) = store.client.get_run(recorder.run_id).outputs.model_outputs
    logged = store.client.get_logged_model(output.model_id)
    assert str(logged.status) == "READY"
    loaded = mlflow.pyfunc.load_model(logged.artifact_location)
    signature = loaded.metadata.signature
    assert signature.inputs.inputs[0].shape == (-1, 8, 8, 3)
    assert signature.inputs.inputs[0].type == np.dtype("uint8")
    photo = np.full((2, 8, 8, 3), 200, np.uint8)
    expected = model.predict(photo, verbose=0)
    np.testing.assert_allclose(loaded.predict(photo), expected, atol=1e-5)
    assert loaded.metadata.saved_input_example_info is not None
