"""Read predictions that were made for each photo by a model that had not seen it.

A store is a folder: ``predictions.parquet`` (``image_id``, ``fold``, and ``probability`` for labels
or ``map_file`` for masks), the maps as 8-bit PNG (255 is probability 1), and ``finished.json``,
written last, with ``task``, ``manifest_digest`` and ``folds``.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import ImageReadError, ParameterError, StorageError
from crack_pipeline.task_specs import task_names, task_spec
from crack_pipeline.types import ProbabilityMap, Task

FINISHED_MARKER = "finished.json"
PREDICTIONS = "predictions.parquet"
STORE_FOLDER = "out_of_fold"


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Predictions of one task.

    Attributes:
        task: What was predicted.
        manifest_digest: Of the manifest that the folds were made from.
        folds: How many.
        table: ``image_id``, ``fold``, and ``probability`` or ``map_path``, an absolute path.
    """

    task: Task
    manifest_digest: str
    folds: int
    table: pd.DataFrame


def read_out_of_fold(folder: Path) -> OutOfFold:
    """Read a finished store.

    Args:
        folder: The store.

    Returns:
        Its predictions; maps are not opened yet.

    Raises:
        StorageError: If there is none, it is unfinished, or does not hold what it should.
    """
    try:
        marker = json.loads((folder / FINISHED_MARKER).read_text(encoding="utf-8"))
        task = marker["task"]
        column = "map_file" if task_spec(task).truth == "masks" else "probability"
        table = pd.read_parquet(folder / PREDICTIONS)[["image_id", "fold", column]]
        digest, folds = str(marker["manifest_digest"]), _count_folds(marker["folds"])
    except (OSError, ValueError, KeyError, TypeError, ParameterError) as error:
        raise StorageError(
            "Predictions out of fold are a folder with predictions.parquet and finished.json.",
            received=f"{type(error).__name__}: {error} at {folder}",
            remedy="Run `kedro run --pipeline=cross_validate` with the same --env.",
        ) from error
    if column == "map_file":
        paths = [str(folder / name) for name in table.pop("map_file")]
        table["map_path"] = pd.Series(paths, index=table.index, dtype="string")
    return OutOfFold(task, digest, folds, table)


def find_out_of_fold(folder: Path, manifest_digest: str) -> tuple[dict[Task, OutOfFold], list[str]]:
    """Find the predictions of a data set that belong to its manifest as it is now.

    Args:
        folder: The data set's model output; stores are looked for in ``<task>/out_of_fold``.
        manifest_digest: Of the manifest.

    Returns:
        The usable stores by task, and a sentence for each one that is not usable.

    Raises:
        StorageError: If a store says that it is finished and is damaged.
    """
    found: dict[Task, OutOfFold] = {}
    notes = []
    for task in task_names():
        store_folder = folder / task / STORE_FOLDER
        if not (store_folder / FINISHED_MARKER).is_file():
            continue
        store = read_out_of_fold(store_folder)
        if store.manifest_digest == manifest_digest:
            found[task] = store
        else:
            notes.append(
                f"predictions out of fold ({task}) are of another manifest and not used; "
                "`kedro run --pipeline=cross_validate` makes new ones"
            )
    return found, notes


def read_map(path: Path) -> ProbabilityMap:
    """Read a probability map.

    Args:
        path: An 8-bit PNG with one channel.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ImageReadError: If it is missing or no such image.
    """
    levels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if levels is None:
        raise ImageReadError(
            "Each prediction out of fold needs its map.",
            received=f"no readable image at {path}",
            remedy="Run `kedro run --pipeline=cross_validate` with the same --env.",
        )
    return levels.astype(np.float32) / 255.0


def _count_folds(folds: int | list[int]) -> int:
    return len(folds) if isinstance(folds, list) else int(folds)
