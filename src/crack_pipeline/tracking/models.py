"""Models as MLflow knows them: network, facts, threshold, an input example and versions."""

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import TrackingError
from crack_pipeline.prediction.bundle import DECISION_FILE, INFO_FILE, ModelBundle
from crack_pipeline.tracking.journal import Record
from crack_pipeline.training.start import start_keras

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import Model

    from crack_pipeline.tracking.store import TrackingStore

MODEL_NAME = "model"
"""MLflow finds ``runs:/<run id>/model`` by this name; tags tell models apart."""

PHOTOS = "photos"
"""Value of a record's ``takes``: the model takes whole photos and decides as evaluation does."""

_TAGS = {"task": "task", "dataset": "dataset", "network": "model"}
"""Tag of a model → tag of its run."""

_LOADER, _REPORTS = "crack_pipeline.prediction.served", "reports"


class _SavedModel:
    """Stands for a model whose file is there already: MLflow asks it only to save itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, path: str) -> None:
        shutil.copyfile(self._path, path)


def describe_interface(model: Any) -> dict[str, Any]:
    """Shapes that a model takes and gives; it takes photos as they are decoded.

    Args:
        model: A built Keras model of one input and one output.

    Returns:
        JSON-ready shapes; -1 stands for any size.
    """
    shapes = {"input_shape": model.input_shape, "output_shape": model.output_shape}
    return {
        name: [-1 if size is None else int(size) for size in shape]
        for name, shape in shapes.items()
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
        record: ``file``, ``example``, ``interface``, ``requirements`` and ``takes``.
        folder: What the record's paths are relative to.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    run = client.get_run(run_id)
    logged = _find_model(client, run)
    if logged is None:
        known = {tag: run.data.tags.get(name) for tag, name in _TAGS.items()}
        logged = client.create_logged_model(
            run.info.experiment_id,
            name=MODEL_NAME,
            source_run_id=run_id,
            tags={"run": run.info.run_name or run_id, **{t: v for t, v in known.items() if v}},
            params=run.data.params,
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


def send_model_file(client: "MlflowClient", run_id: str, path: Path) -> None:
    """Add a file to the model that a run has logged; a file of that name is replaced.

    Args:
        client: Client of the store.
        run_id: The run; one without a model is left as it is.
        path: ``model_info.json``, ``decision.json`` or ``measurement.json``.
    """
    logged = _find_model(client, client.get_run(run_id))
    if logged is not None:
        client.log_model_artifact(logged.model_id, str(path))


def fetch_bundle(run_id: str, store: "TrackingStore") -> ModelBundle:
    """Fetch the model of a run.

    Args:
        run_id: The run.
        store: The store that has it.

    Returns:
        The model, with the decision of its last evaluation.

    Raises:
        ParameterError: If facts or decision are of another model or of a later version.
        TrackingError: If the run has logged no model.
    """
    import mlflow.artifacts

    client = store.client
    logged = _find_model(client, client.get_run(run_id))
    if logged is None:
        raise TrackingError(
            "A model is fetched from the run that trained it.",
            received=f"run {run_id} without a model in {store.uri}",
            remedy="Choose a run of `train` or `fit`, or give the folder of a model.",
        )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(
            mlflow.artifacts.download_artifacts(
                artifact_uri=logged.artifact_location,
                dst_path=temporary,
                tracking_uri=store.uri,
            )
        )
        kept = {Path(file.path).name for file in client.list_artifacts(run_id, _REPORTS)}
        for name in (INFO_FILE, DECISION_FILE):
            if name in kept and not (folder / name).is_file():  # runs of earlier versions
                file = client.download_artifacts(run_id, f"{_REPORTS}/{name}", temporary)
                shutil.copyfile(file, folder / name)
        bundle = ModelBundle.from_folder(folder)
        return replace(bundle, network=bundle.keras_model)


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
    description = Model(
        artifact_path=logged.artifact_location,
        model_uuid=logged.model_id,
        model_id=logged.model_id,
        run_id=run_id,
    )
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype("uint8"), tuple(interface["input_shape"]))]),
        outputs=Schema([TensorSpec(np.dtype("float32"), tuple(interface["output_shape"]))]),
    )
    mlflow.keras.save_model(
        _SavedModel(folder / record["file"]),
        str(path),
        mlflow_model=description,
        signature=signature,
        input_example=np.load(folder / record["example"]),
        pip_requirements=record["requirements"],
    )
    if record.get("takes") == PHOTOS:  # records of earlier versions lack the facts that it needs
        _take_photos(description, path)


def _take_photos(description: "Model", path: Path) -> None:
    """Let MLflow load the model as ``PhotoModel``; without a signature, which takes one shape."""
    from mlflow import pyfunc

    environment = description.flavors.pop(pyfunc.FLAVOR_NAME)[pyfunc.ENV]
    pyfunc.add_to_model(
        description,
        loader_module=_LOADER,
        conda_env=environment["conda"],
        python_env=environment["virtualenv"],
    )
    description.signature = None
    description.metadata = {
        "takes": "one photo (H, W, 3) uint8, several (N, H, W, 3), or a list of photos",
        "gives": "mask and probability per photo; of a classification label and probability",
        "needs": f"crack_pipeline {version('crack_pipeline')}, installed where it is loaded",
    }
    description.save(str(path / "MLmodel"))


def pin_requirements() -> list[str]:
    """Packages that loading a model needs, at the versions it was trained with.

    Returns:
        Lines of a requirements file.
    """
    pinned = []
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    for package in ("keras", backend, "numpy"):
        with suppress(PackageNotFoundError):
            pinned.append(f"{package}=={version(package)}")
    return pinned
