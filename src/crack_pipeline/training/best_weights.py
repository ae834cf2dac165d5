"""The weights of the best epoch, in two files: both states of a training may name the same epoch.

Where one of the files is damaged, the other is taken, and the damaged one written anew from it.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

import keras

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.array_files import (
    Arrays,
    DamagedFileError,
    assign_arrays,
    numbered_arrays,
    read_arrays,
    write_arrays,
)
from crack_pipeline.training.averaging import averaged_weights

logger = logging.getLogger(__name__)


def save_best(folder: Path, epoch: int, model: keras.Model) -> None:
    """Write the weights of the best epoch, averaged where the recipe averages them.

    Args:
        folder: Folder of the unfinished training.
        epoch: The epoch, counted over the stages from 1.
        model: The compiled model in training.

    Raises:
        StorageError: If they cannot be written.
    """
    with averaged_weights(model):
        arrays = numbered_arrays("model", model.weights)
    for path in _best_files(folder, epoch):
        write_arrays(path, arrays)


def restore_best(folder: Path, epoch: int, model: keras.Model) -> None:
    """Give a model the weights of the best epoch.

    Args:
        folder: Folder of the training.
        epoch: The best epoch, as ``TrainingProgress`` names it.
        model: A model of the same architecture.

    Raises:
        TrainingError: If both files are missing or damaged, or belong to another model.
    """
    assign_weights(model, read_best(folder, epoch))


def assign_weights(model: keras.Model, arrays: Arrays) -> None:
    """Give a model the weights that ``read_best`` returned.

    Args:
        model: A model of the same architecture.
        arrays: Its weights.

    Raises:
        TrainingError: If they belong to another model.
    """
    assign_arrays(model.weights, arrays, "model")


def read_best(folder: Path, epoch: int) -> Arrays:
    """Read the weights of the best epoch.

    Args:
        folder: Folder of the training.
        epoch: The best epoch, as ``TrainingProgress`` names it.

    Returns:
        The weights, for ``assign_weights``.

    Raises:
        TrainingError: If both files are missing or damaged.
    """
    try:
        return mend_best(folder, epoch)
    except DamagedFileError as error:
        raise TrainingError(
            "The weights of the best epoch must be readable in one of their two files.",
            received=f"{folder}: {error}",
            remedy="Delete that folder to train from the start.",
        ) from error


def mend_best(folder: Path, epoch: int) -> Arrays:
    """Read the weights of the best epoch; write anew, with a warning, which file is not whole.

    Args:
        folder: Folder of the training.
        epoch: The best epoch, as ``TrainingProgress`` names it.

    Returns:
        The weights.

    Raises:
        DamagedFileError: If both files are missing or damaged.
        StorageError: If the damaged one cannot be written anew.
    """
    whole: list[Arrays] = []
    problems: dict[Path, str] = {}
    for path in _best_files(folder, epoch):
        try:
            whole.append(read_arrays(path))
        except DamagedFileError as error:
            problems[path] = str(error)
    if not whole:
        raise DamagedFileError("; ".join(problems.values()))
    for path, problem in problems.items():
        logger.warning(
            "One of the two files with the best weights cannot be read: %s; it is written anew "
            "from the other one",
            problem,
        )
        write_arrays(path, whole[0])
    return whole[0]


def forget_other_bests(folder: Path, epochs: Iterable[int]) -> None:
    """Remove the weights of epochs that were the best ones once.

    Args:
        folder: Folder of the training.
        epochs: Whose weights stay.
    """
    needed = {path for epoch in epochs for path in _best_files(folder, epoch)}
    for path in folder.glob("best_*.npz"):
        if path not in needed:
            path.unlink(missing_ok=True)


def _best_files(folder: Path, epoch: int) -> tuple[Path, Path]:
    # Named by their epoch: the older state may have another best than the newer one. Not two names
    # of one file: what is written over it, or a bad sector, would damage both.
    return folder / f"best_{epoch:05d}.npz", folder / f"best_{epoch:05d}_copy.npz"
