"""The state of an unfinished training: everything that decides how it goes on, to the last bit.

Keras' own ``BackupAndRestore`` keeps weights and optimiser, but neither the seeds of dropout nor
the counters of early stopping and of the plateau: a training that it restores ends elsewhere.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import TrainingError
from crack_pipeline.storage import write_aside
from crack_pipeline.training.checkpoint_folders import STATE_FILE

BEST_FILE = "best.npz"
_PROGRESS = "progress"

# What decides the further course of Keras' callbacks, by class: all plain numbers.
_CALLBACK_STATE = {
    "EarlyStopping": ("wait", "best", "best_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
}


@dataclass
class TrainingProgress:
    """How far a training has come.

    Attributes:
        training_id: Names this training, so that a saved model can be told to be its result.
        stage: Index of the stage in progress; the number of stages when all are done.
        epoch: Epochs of that stage that are done.
        best_value: Best monitored value so far; None before the first epoch.
        best_epoch: Epoch of it, counted over the stages from 1.
        history: One entry an epoch: ``epoch, stage, learning_rate, seconds`` and the metrics.
        callbacks: State of the callbacks, by class name.
    """

    training_id: str
    stage: int = 0
    epoch: int = 0
    best_value: float | None = None
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    callbacks: dict[str, dict[str, float]] = field(default_factory=dict)


def save_state(folder: Path, progress: TrainingProgress, model: keras.Model) -> None:
    """Write progress and all variables to one file, aside first and then renamed.

    Args:
        folder: Folder of the unfinished training.
        progress: How far it has come.
        model: The compiled model in training.
    """
    arrays = _numbered("model", _model_variables(model))
    arrays |= _numbered("optimizer", model.optimizer.variables)
    text = json.dumps(asdict(progress))
    arrays[_PROGRESS] = np.frombuffer(text.encode(), dtype=np.uint8)
    _write_arrays(folder / STATE_FILE, arrays)


def load_progress(folder: Path) -> TrainingProgress | None:
    """Read how far an unfinished training had come; None where there is none.

    Args:
        folder: Folder of the unfinished training.

    Returns:
        Its progress.

    Raises:
        TrainingError: If the file cannot be read.
    """
    if not (folder / STATE_FILE).exists():
        return None
    with _open_arrays(folder / STATE_FILE) as arrays:
        return TrainingProgress(**json.loads(arrays[_PROGRESS].tobytes().decode()))


def restore_variables(folder: Path, model: keras.Model) -> None:
    """Give a freshly compiled model the variables of the saved state.

    Args:
        folder: Folder of the unfinished training.
        model: Compiled as it was when the state was saved.

    Raises:
        TrainingError: If the file is damaged or belongs to another model.
    """
    model.optimizer.build(model.trainable_variables)
    with _open_arrays(folder / STATE_FILE) as arrays:
        _assign(_model_variables(model), arrays, "model", folder)
        _assign(model.optimizer.variables, arrays, "optimizer", folder)


def save_best(folder: Path, model: keras.Model) -> None:
    """Write the weights of the best epoch."""
    _write_arrays(folder / BEST_FILE, _numbered("model", model.weights))


def restore_best(folder: Path, model: keras.Model) -> None:
    """Give a model the weights of the best epoch.

    Args:
        folder: Folder of the training.
        model: A model of the same architecture.

    Raises:
        TrainingError: If the file is missing, damaged or belongs to another model.
    """
    with _open_arrays(folder / BEST_FILE) as arrays:
        _assign(model.weights, arrays, "model", folder)


def read_callback_state(
    callbacks: Iterable[keras.callbacks.Callback],
) -> dict[str, dict[str, float]]:
    """State of the callbacks that have one, by class name."""
    return {
        type(callback).__name__: {
            name: float(getattr(callback, name))
            for name in _CALLBACK_STATE[type(callback).__name__]
        }
        for callback in callbacks
        if type(callback).__name__ in _CALLBACK_STATE
    }


def write_callback_state(
    callbacks: Iterable[keras.callbacks.Callback], state: dict[str, dict[str, float]]
) -> None:
    """Give the callbacks the state that ``read_callback_state`` returned."""
    for callback in callbacks:
        for name, value in state.get(type(callback).__name__, {}).items():
            setattr(callback, name, value)


def _model_variables(model: keras.Model) -> list[Any]:
    # Weights, then the seeds of dropout; metrics start anew with each epoch.
    weights = list(model.weights)
    known = {id(variable) for variable in weights}
    seeds = [
        variable
        for variable in model.variables
        if id(variable) not in known and "seed_generator" in variable.path
    ]
    return weights + seeds


def _numbered(prefix: str, variables: Iterable[Any]) -> dict[str, NDArray[Any]]:
    return {
        f"{prefix}/{number}": keras.ops.convert_to_numpy(variable)
        for number, variable in enumerate(variables)
    }


def _assign(variables: list[Any], arrays: Any, prefix: str, folder: Path) -> None:
    names = [name for name in arrays.files if name.startswith(f"{prefix}/")]
    shapes = [arrays[f"{prefix}/{number}"].shape for number in range(len(names))]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise TrainingError(
            "A checkpoint must fit the network that goes on from it.",
            received=f"{len(shapes)} arrays in {folder} for {len(variables)} variables",
            remedy="Delete that folder to train from the start.",
        )
    for number, variable in enumerate(variables):
        variable.assign(arrays[f"{prefix}/{number}"])


def _write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    def write(unfinished: Path) -> None:
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())

    write_aside(path, write)


def _open_arrays(path: Path) -> Any:
    try:
        return np.load(path)
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(
            "A training goes on from a readable checkpoint.",
            received=f"{path} ({type(error).__name__}: {error})",
            remedy="Delete that folder to train from the start.",
        ) from error
