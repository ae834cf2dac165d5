"""Out-of-fold predictions on disk: for each photo, what a model says that never saw it.

``predictions.parquet`` holds ``image_id, fold, probability`` (classification) or ``map_file``
(segmentation: a grey PNG of probability · 255 under ``maps/``, named by the SHA-1 of the id).
``finished.json`` is written last; a folder without it is half-written and not to be read.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import StorageError
from crack_pipeline.storage import write_bytes_aside
from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.measuring import name_map
from crack_pipeline.trials.result import MAPS, TrialResult
from crack_pipeline.types import Task

PREDICTIONS, FINISHED = "predictions.parquet", "finished.json"


def write_out_of_fold(
    folder: Path,
    results: Mapping[int, TrialResult],
    *,
    task: Task,
    manifest_digest: str,
) -> pd.DataFrame:
    """Collect the predictions of all folds in one folder, replacing what was there.

    Args:
        folder: Where to.
        results: Fold → its finished trial, with maps if it is a segmentation.
        task: What was predicted.
        manifest_digest: Of the whole manifest that the folds were made from.

    Returns:
        The table of predictions, sorted by ``image_id``.

    Raises:
        StorageError: If the folder cannot be written.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / MAPS).mkdir(parents=True)
        tables = [_collect(folder, fold, result, task) for fold, result in results.items()]
        predictions = pd.concat(tables).sort_values("image_id").reset_index(drop=True)
        predictions.to_parquet(folder / PREDICTIONS, index=False)
        _finish(folder, task, manifest_digest, sorted(results))
    except OSError as error:
        raise StorageError(
            "Out-of-fold predictions need a folder that can be written.",
            received=f"{error.strerror or error} at {error.filename or folder}",
            remedy="Free space or give write permission; the same command trains no fold again.",
        ) from error
    return predictions


def _collect(folder: Path, fold: int, result: TrialResult, task: Task) -> pd.DataFrame:
    photos = result.photos()
    table = photos[["image_id"]].assign(fold=fold, probability=photos["probability"])
    table["map_file"] = None
    if task_spec(task).truth == "masks":
        names = [name_map(image_id) for image_id in photos["image_id"]]
        for name in names:
            _link(result.folder / MAPS / name, folder / MAPS / name)
        table["map_file"] = [f"{MAPS}/{name}" for name in names]
    return table.astype({"image_id": "string", "fold": "Int8", "map_file": "string"})


def _link(source: Path, target: Path) -> None:
    # The same bytes under two names cost no room; some file systems cannot do that.
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _finish(folder: Path, task: Task, manifest_digest: str, folds: Sequence[int]) -> None:
    content = {"task": task, "manifest_digest": manifest_digest, "folds": list(folds)}
    write_bytes_aside(folder / FINISHED, json.dumps(content, indent=1).encode())
