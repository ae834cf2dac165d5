"""The state of an unfinished training: everything that decides how it goes on, to the last bit.

Keras' own ``BackupAndRestore`` keeps weights and optimiser, but neither the seeds of dropout nor
the counters of early stopping and of the plateau: a training that it restores ends elsewhere.

Each state is one file with a digest, written aside and renamed; the one before it is kept too, and
taken where the newest is damaged. The best weights of both are kept: see ``best_weights.py``.
"""

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.array_files import (
    Arrays,
    DamagedFileError,
    assign_arrays,
    numbered_arrays,
    read_arrays,
    write_arrays,
)
from crack_pipeline.training.best_weights import forget_other_bests, mend_best
from crack_pipeline.training.checkpoint_folders import OLDER_STATE_FILE, STATE_FILE

logger = logging.getLogger(__name__)

_PROGRESS = "progress"


@dataclass
class TrainingProgress:
    """How far a training has come.

    Attributes:
        training_id: Names this training, so that a saved model can be told to be its result.
        key: Of the job that it belongs to.
        stage: Index of the stage in progress; the number of stages when all are done.
        epoch: Epochs of that stage that are done.
        best_value: Best monitored value so far; None before the first epoch.
        best_epoch: Epoch of it, counted over the stages from 1.
        best_epoch_before: The best epoch of the state that was written before this one.
        history: One entry an epoch: ``epoch, stage, learning_rate, seconds`` and the metrics.
        callbacks: State of the callbacks, by class name.
    """

    training_id: str
    key: str = ""
    stage: int = 0
    epoch: int = 0
    best_value: float | None = None
    best_epoch: int = 0
    best_epoch_before: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    callbacks: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class SavedState:
    """A state as it was read, whole.

    Attributes:
        progress: How far the training had come.
        arrays: All variables.
    """

    progress: TrainingProgress
    arrays: Arrays


def save_state(folder: Path, progress: TrainingProgress, model: keras.Model) -> None:
    """Write progress and all variables to one file; the file before it becomes the older one.

    Args:
        folder: Folder of the unfinished training.
        progress: How far it has come.
        model: The compiled model in training.

    Raises:
        StorageError: If it cannot be written.
    """
    arrays = numbered_arrays("model", _model_variables(model))
    arrays |= numbered_arrays("optimizer", model.optimizer.variables)
    packed = pack_state(SavedState(progress, arrays))
    write_arrays(folder / STATE_FILE, packed, keep_as=folder / OLDER_STATE_FILE)
    forget_other_bests(folder, (progress.best_epoch, progress.best_epoch_before))
    progress.best_epoch_before = progress.best_epoch


def load_state(folder: Path, key: str) -> SavedState | None:
    """Read the newest state that is whole; None where none was written.

    Args:
        folder: Folder of the unfinished training.
        key: Of the job that wants to go on.

    Returns:
        The state, with the best weights that it names at hand.

    Raises:
        TrainingError: If no state is readable, or it belongs to another job.
    """
    written = [folder / name for name in (STATE_FILE, OLDER_STATE_FILE)]
    written = [path for path in written if path.exists()]
    problems = []
    for path in written:
        try:
            state = _read_state(path)
        except DamagedFileError as error:
            problems.append(str(error))
            continue
        _require_key(state.progress, key, path)
        if problems:
            logger.warning(
                "The last checkpoint cannot be read: %s; going on from the one before it, after "
                "epoch %d",
                problems[0],
                len(state.progress.history),
            )
            path.replace(
                folder / STATE_FILE
            )  # or the next one would push it out by the damaged one
        return state
    if not written:
        return None
    raise TrainingError(
        "A training goes on from a readable checkpoint.",
        received=f"{folder}: {'; '.join(dict.fromkeys(problems))}",
        remedy="Delete that folder to train from the start.",
    )


def pack_state(state: SavedState) -> Arrays:
    """Put a state into arrays only, as it is written and sent."""
    text = json.dumps(asdict(state.progress))
    return {**state.arrays, _PROGRESS: np.frombuffer(text.encode(), dtype=np.uint8)}


def unpack_state(packed: Arrays) -> SavedState:
    """Undo ``pack_state``; raises what JSON and ``TrainingProgress`` raise where it is no state."""
    progress = TrainingProgress(**json.loads(packed[_PROGRESS].tobytes().decode()))
    return SavedState(progress, {name: packed[name] for name in packed if name != _PROGRESS})


def restore_model(state: SavedState, model: keras.Model) -> None:
    """Give a model the weights and the seeds of dropout of the saved state.

    Args:
        state: From ``load_state``.
        model: Of the same architecture.

    Raises:
        TrainingError: If it belongs to another model.
    """
    assign_arrays(_model_variables(model), state.arrays, "model")


def restore_optimizer(state: SavedState, model: keras.Model) -> None:
    """Give the optimiser of a freshly compiled model the variables of the saved state.

    Args:
        state: From ``load_state``, saved within the stage that the model is compiled for.
        model: Compiled as it was when the state was saved.

    Raises:
        TrainingError: If it belongs to another optimiser.
    """
    model.optimizer.build(model.trainable_variables)
    assign_arrays(model.optimizer.variables, state.arrays, "optimizer")


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


def _read_state(path: Path) -> SavedState:
    packed = read_arrays(path)
    try:
        state = unpack_state(packed)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path.name}: {type(error).__name__} {error}") from error
    progress = state.progress
    if progress.best_epoch:
        mend_best(path.parent, progress.best_epoch)
    progress.best_epoch_before = progress.best_epoch  # it is the older one once another is written
    return state


def _require_key(progress: TrainingProgress, key: str, path: Path) -> None:
    if progress.key != key:
        raise TrainingError(
            "A training goes on from a checkpoint of the same data, parameters and code.",
            received=f"{path} of job {progress.key[:16] or 'unknown'}, this one is {key[:16]}",
            remedy="Delete that folder to train from the start, or give the parameters of that "
            "training again.",
        )
