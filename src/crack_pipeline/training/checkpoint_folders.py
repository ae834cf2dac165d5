"""Where a training keeps its checkpoints and logs; needs no Keras."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.errors import CrackPipelineError
from crack_pipeline.training.folder_lock import hold_folder, release_folder

logger = logging.getLogger(__name__)

STATE_FILE, OLDER_STATE_FILE = "state.npz", "state_before.npz"


@dataclass(frozen=True)
class TrainingFolders:
    """Where a training writes.

    Attributes:
        state: Checkpoints, removed once the trained model is saved.
        logs: CSV log and TensorBoard files, kept.
    """

    state: Path
    logs: Path


def prepare_folder(root: Path, name: str, *, writes: bool = True) -> Path:
    """Make the folder of a training's checkpoints, hold it, and name the other unfinished ones.

    Args:
        root: Where unfinished trainings of a data set and task are kept.
        name: Of this training, from its key.
        writes: Whether this process keeps anything there; False makes and holds nothing.

    Returns:
        The folder.

    Raises:
        TrainingError: If another process trains in it.
        StorageError: If it cannot be made.
    """
    folder = root / name
    if not writes:
        return folder
    hold_folder(folder)
    others = [
        other for other in root.iterdir() if (other / STATE_FILE).exists() and other != folder
    ]
    for other in others:
        logger.info(
            "An unfinished training of other data, parameters or code is kept in %s; "
            "delete that folder if it is not wanted any more",
            other,
        )
    return folder


def close_training(unfinished_folder: Path) -> None:
    """Remove the checkpoints of a training whose model is saved, so that the next one starts anew.

    Args:
        unfinished_folder: From the ``TrainedModel``.
    """
    if not unfinished_folder.exists():
        return
    try:
        hold_folder(unfinished_folder)
    except CrackPipelineError as error:
        logger.warning("The checkpoints stay. %s", error)
        return
    shutil.rmtree(unfinished_folder, ignore_errors=True)
    release_folder(unfinished_folder)
