"""Where a training keeps its checkpoints and logs; needs no Keras."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.storage import explain_write_errors

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


def prepare_folder(root: Path, name: str) -> Path:
    """Make the folder of a training's checkpoints; name the other unfinished ones.

    Args:
        root: Where unfinished trainings of a data set and task are kept.
        name: Of this training, from its key.

    Returns:
        The folder.

    Raises:
        StorageError: If it cannot be made.
    """
    folder = root / name
    with explain_write_errors("Checkpoints need a folder that can be written.", folder):
        folder.mkdir(parents=True, exist_ok=True)
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
    shutil.rmtree(unfinished_folder, ignore_errors=True)
