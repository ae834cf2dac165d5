"""Models as MLflow knows them: the saved file with a signature, an input example and versions."""

import os
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.tracking.journal import Record
from crack_pipeline.training.start import start_keras

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_NAME = "model"


class _KerasLike(Protocol):
    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]


class _SavedModel:
    """Stands for a model whose file is there already: MLflow asks it only to save itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, path: str) -> None:
        shutil.copyfile(self._path, path)


def describe_interface(model: _KerasLike) -> dict[str, Any]:
    """Shapes that a model takes and gives; it takes photos as they are decoded.

    Args:
        model: A built Keras model of one input and one output.

    Returns:
        JSON-ready shapes; -1 stands for any size.
    """
    return {
        "input_shape": [-1 if size is None else int(size) for size in model.input_shape],
        "output_shape": [-1 if size is None else int(size) for size in model.output_shape],
    }


def example_for(interface: dict[str, Any], tile: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """An input to show with the model: a tile that it learnt from, or else plain grey.

    Args:
        interface: From ``describe_interface``.
        tile: (H, W, 3) uint8; None if none is at hand.

    Returns:
        (1, H, W, 3) uint8.
    """
    if tile is not None:
        return np.ascontiguousarray(tile)[None]
    shape = [1 if size == -1 else size for size in interface["input_shape"]]
    return np.full(shape, 128, np.uint8)


def send_model(client: "MlflowClient", run_id: str, record: Record, folder: Path) -> None:
    """Log a saved model to a run, unless the run has got it whole.

    Args:
        client: Client of the store.
        run_id: The run.
        record: ``file``, ``example``, ``interface`` and ``requirements``.
        folder: What the record's paths are relative to.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    run = client.get_run(run_id)
    logged = _find_model(client, run)
    if logged is None:
        logged = client.create_logged_model(
            run.info.experiment_id, name=MODEL_NAME, source_run_id=run_id, params=run.data.params
        )
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    elif logged.status == LoggedModelStatus.READY:
        return
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / MODEL_NAME
        path.mkdir()
        _write_mlflow_model(path, record, folder, run_id=run_id, logged=logged)
        client.log_model_artifacts(logged.model_id, str(path))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)


def _find_model(client: "MlflowClient", run: Any) -> Any:
    outputs = run.outputs.model_outputs if run.outputs else []
    return client.get_logged_model(outputs[0].model_id) if outputs else None


def _write_mlflow_model(
    path: Path, record: Record, folder: Path, *, run_id: str, logged: Any
) -> None:
    start_keras()
    import mlflow.keras
    from mlflow.models import Model, ModelSignature
    from mlflow.types.schema import Schema, TensorSpec

    interface = record["interface"]
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype("uint8"), tuple(interface["input_shape"]))]),
        outputs=Schema([TensorSpec(np.dtype("float32"), tuple(interface["output_shape"]))]),
    )
    mlflow.keras.save_model(
        _SavedModel(folder / record["file"]),
        str(path),
        mlflow_model=Model(
            artifact_path=logged.artifact_location,
            model_uuid=logged.model_id,
            model_id=logged.model_id,
            run_id=run_id,
        ),
        signature=signature,
        input_example=np.load(folder / record["example"]),
        pip_requirements=record["requirements"],
    )


def pin_requirements() -> list[str]:
    """Packages that loading a model needs, at the versions it was trained with.

    Returns:
        Lines of a requirements file.
    """
    pinned = []
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    for package in ("keras", backend, "numpy"):
        try:
            pinned.append(f"{package}=={version(package)}")
        except PackageNotFoundError:
            continue
    return pinned
