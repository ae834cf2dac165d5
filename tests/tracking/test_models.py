import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, ShapeError, TrackingError
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.tracking.models import (
    PHOTOS,
    describe_interface,
    example_for,
    fetch_bundle,
    pin_requirements,
)
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


NOISE = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
FACTS = {"model": "dark", "tile_px": 32, "batch_size": 4, "run_id": None}
TASKS = {
    "segmentation": {**FACTS, "task": "segmentation", "overlap_px": 8},
    "classification": {**FACTS, "task": "classification", "overlap_px": None},
}


@pytest.fixture
def log_trained(store: Any, outbox: Path, tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Logs a small network with its facts, and its decision where one is given."""
    import keras

    def log(task: str, decision: dict[str, Any] | None) -> tuple[str, Path]:
        inputs = keras.Input((32, 32, 3))
        dark = keras.layers.Rescaling(-1 / 255, 1)(inputs)
        kernel = keras.initializers.RandomNormal(seed=1)
        end = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer=kernel)(dark)
        if task == "classification":
            end = keras.layers.GlobalMaxPooling2D()(end)
        model = keras.Model(inputs, keras.layers.Activation("sigmoid")(end))
        model.save(tmp_path / "model.keras")
        np.save(tmp_path / "example.npy", example_for(describe_interface(model), None))
        (tmp_path / "model_info.json").write_text(json.dumps(TASKS[task]))
        tags = {"task": task, "dataset": "tiny", "model": "dark"}
        recorder = Recorder(RunPlan("dark-tiny", tags), store, outbox)
        recorder.open()
        recorder.record_model(
            tmp_path / "model.keras",
            tmp_path / "example.npy",
            interface=describe_interface(model),
            requirements=pin_requirements(),
            takes=PHOTOS,
        )
        recorder.record_model_file(tmp_path / "model_info.json")
        run_id = str(recorder.run_id)
        recorder.close("FINISHED")
        if decision is not None:
            evaluation = Recorder(RunPlan("dark-tiny", {}, attached_to=run_id), store, outbox)
            for threshold in (0.1, decision["threshold"]):  # evaluated twice: the last one counts
                content = json.dumps({**decision, "threshold": threshold})
                (tmp_path / "decision.json").write_text(content)
                evaluation.record_model_file(tmp_path / "decision.json")
            evaluation.close("FINISHED")
        return run_id, tmp_path

    return log


@pytest.fixture
def load(store: Any) -> Iterator[Callable[[str], Any]]:
    """Loads the model of a run as a user of MLflow does."""
    import mlflow.pyfunc

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(store.uri)
    yield lambda run_id: mlflow.pyfunc.load_model(f"runs:/{run_id}/model")
    mlflow.set_tracking_uri(before)


@pytest.mark.filterwarnings("default")  # MLflow, while it loads a model
def test_a_logged_model_marks_photos_of_any_size_as_evaluation_does(
    store: Any, log_trained: Any, load: Any
) -> None:
    run_id, folder = log_trained("segmentation", {"threshold": 0.5, "views": "zooms"})
    loaded, bundle = load(run_id), ModelBundle.from_folder(folder)
    found = loaded.predict(NOISE)
    np.testing.assert_array_equal(found["probability"], bundle.predict_map(NOISE))
    np.testing.assert_array_equal(found["mask"], bundle.predict_mask(NOISE))
    assert 0 < found["mask"].mean() < 1
    assert (found["mask"] != (bundle.under("none").predict_map(NOISE) >= 0.5)).any()
    batch = loaded.predict(np.stack([NOISE, NOISE[::-1]]))
    several = loaded.predict([NOISE, NOISE[::-1], NOISE[:20]])
    for one in (batch[0], several[0]):
        np.testing.assert_array_equal(one["mask"], found["mask"])
    np.testing.assert_array_equal(batch[1]["mask"], several[1]["mask"])
    assert several[2]["mask"].shape == (20, 70)
    (output,) = store.client.get_run(run_id).outputs.model_outputs
    tags = store.client.get_logged_model(output.model_id).tags
    assert {"task": "segmentation", "dataset": "tiny", "network": "dark"}.items() <= tags.items()
    assert tags["run"] == "dark-tiny"


@pytest.mark.filterwarnings("default")
def test_a_logged_classifier_gives_label_and_probability(log_trained: Any, load: Any) -> None:
    run_id, folder = log_trained("classification", {"threshold": 0.5, "views": "flips"})
    (expected,) = ModelBundle.from_folder(folder).predict_labels([NOISE])
    assert load(run_id).predict(NOISE) == {"label": "crack", "probability": expected}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (np.zeros((50, 70), np.uint8), r"uint8 array of shape \(50, 70\)"),
        (NOISE / 255, r"float64 array of shape \(50, 70, 3\)"),
        (NOISE.astype(np.int32) - 300, "int32 array of shape"),
        ([NOISE, "photo.jpg"], "str"),
    ],
)
def test_what_is_no_photo_is_refused_in_a_line(
    log_trained: Any, load: Any, wrong: Any, told: str
) -> None:
    loaded = load(log_trained("segmentation", {"threshold": 0.5, "views": "none"})[0])
    with pytest.raises(ShapeError, match=f"H×W×3.*{told}") as caught:
        loaded.predict(wrong)
    assert len(str(caught.value)) < 300


@pytest.mark.filterwarnings("default")
def test_a_logged_model_without_threshold_marks_nothing(log_trained: Any, load: Any) -> None:
    loaded = load(log_trained("segmentation", None)[0])
    with pytest.raises(ParameterError, match=r"without decision\.json.*pipeline=evaluate"):
        loaded.predict(NOISE)


@pytest.mark.filterwarnings("default")
def test_the_model_of_a_run_is_fetched_with_its_decision(store: Any, log_trained: Any) -> None:
    run_id, folder = log_trained("segmentation", {"threshold": 0.5, "views": "flips"})
    bundle = fetch_bundle(run_id, store)
    assert (bundle.threshold, bundle.views) == (0.5, "flips")
    mask = ModelBundle.from_folder(folder).predict_mask(NOISE)
    np.testing.assert_array_equal(bundle.predict_mask(NOISE), mask)


@pytest.mark.filterwarnings("default")
def test_the_model_of_a_run_is_fetched_with_its_error_bars(
    store: Any, outbox: Path, log_trained: Any, tmp_path: Path
) -> None:
    run_id, _ = log_trained("segmentation", {"threshold": 0.5, "views": "flips"})
    assert fetch_bundle(run_id, store).measurement is None
    evaluation = Recorder(RunPlan("dark-tiny", {}, attached_to=run_id), store, outbox)
    content = {"threshold": 0.5, "views": "flips", "test_set": "tiny"}
    (tmp_path / "measurement.json").write_text(json.dumps(content))
    evaluation.record_model_file(tmp_path / "measurement.json")
    evaluation.close("FINISHED")
    measurement = fetch_bundle(run_id, store).measurement
    assert measurement is not None
    assert measurement.test_set == "tiny"


@pytest.mark.filterwarnings("default")
def test_the_model_of_an_earlier_run_is_fetched_with_the_reports_beside_it(
    store: Any, outbox: Path, saved_model: tuple[Any, Path], tmp_path: Path
) -> None:
    model, path = saved_model
    interface = describe_interface(model)
    np.save(tmp_path / "example.npy", example_for(interface, None))
    (tmp_path / "model_info.json").write_text(json.dumps(TASKS["segmentation"]))
    (tmp_path / "decision.json").write_text(json.dumps({"threshold": 0.4}))
    recorder = Recorder(RunPlan("unet-tiny", {}), store, outbox)
    recorder.open()
    recorder.record_model(
        path, tmp_path / "example.npy", interface=interface, requirements=pin_requirements()
    )
    for name in ("model_info.json", "decision.json"):
        recorder.record_artifact(tmp_path / name, "reports")
    recorder.close("FINISHED")
    bundle = fetch_bundle(str(recorder.run_id), store)
    assert bundle.threshold == 0.4
    with pytest.raises(ParameterError, match="pipeline=evaluate"):
        bundle.predict_mask(NOISE)
    assert bundle.keras_model.count_params() == model.count_params()


def test_a_run_without_model_is_named(store: Any, outbox: Path) -> None:
    recorder = Recorder(RunPlan("empty", {}), store, outbox)
    recorder.open()
    with pytest.raises(TrackingError, match="without a model"):
        fetch_bundle(str(recorder.run_id), store)
    recorder.record_model_file(Path(__file__))  # of no model: nothing to add it to
    recorder.close("FINISHED")
