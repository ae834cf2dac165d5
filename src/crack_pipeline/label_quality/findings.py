"""Findings from masks and out-of-fold predictions, joined to one ranking of photos."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import ImageReadError, ManifestError, ParameterError, StorageError
from crack_pipeline.label_quality.scores import (
    PredictionFeatures,
    measure_prediction,
    score_labels,
    score_mask_predictions,
    score_pairs,
)
from crack_pipeline.manifest import digest_manifest, usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.progress import spread, track
from crack_pipeline.storage import FINISHED_MARKER, read_marker, read_object
from crack_pipeline.task_specs import task_names, task_spec
from crack_pipeline.types import ProbabilityMap, Task

PREDICTIONS = "predictions.parquet"
STORE_FOLDER = "out_of_fold"


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Predictions of one task.

    Attributes:
        task: What was predicted.
        manifest_digest: Of the manifest that the folds were made from.
        table: ``image_id``, ``fold``, and ``probability`` or ``map_path``, an absolute path.
    """

    task: Task
    manifest_digest: str
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
        marker = read_object(folder / FINISHED_MARKER)
        if "digests" in marker:  # earlier versions noted none
            read_marker(folder / FINISHED_MARKER)
        task = marker["task"]
        column = "map_file" if task_spec(task).truth == "masks" else "probability"
        table = pd.read_parquet(folder / PREDICTIONS)[["image_id", "fold", column]]
        digest = str(marker["manifest_digest"])
    except (OSError, ValueError, KeyError, TypeError, ParameterError, StorageError) as error:
        raise StorageError(
            "Predictions out of fold are a folder with predictions.parquet and finished.json.",
            received=f"{type(error).__name__}: {error} at {folder}",
            remedy="Run `kedro run --pipeline=cross_validate` with the same --env.",
        ) from error
    if column == "map_file":
        paths = [str(folder / name) for name in table.pop("map_file")]
        table["map_path"] = pd.Series(paths, index=table.index, dtype="string")
    return OutOfFold(task, digest, table)


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


PAIR, MASK, LABEL = "pair", "mask prediction", "label prediction"
COLUMNS = ("image_id", "kind", "score", "check", "reason")

_MAP_PATH = "map_path"


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Scores of photos, from one or several kinds of looking.

    Attributes:
        scores: One row a photo and kind, ``COLUMNS``, and ``map_path`` where a map was looked at.
        notes: What could not be used, in sentences.
    """

    scores: pd.DataFrame
    notes: Sequence[str] = field(default=())


def find_in_pairs(features: pd.DataFrame) -> Findings:
    """Score photos against their masks alone.

    Args:
        features: ``image_id`` and the columns of ``FEATURE_NAMES``.

    Returns:
        One row a photo.
    """
    return Findings(_as_findings(features["image_id"], score_pairs(features), PAIR))


def find_in_predictions(manifest: pd.DataFrame, folder: Path, *, n_jobs: int) -> Findings:
    """Score masks and labels by what models predict that have not seen their photos.

    Args:
        manifest: A validated manifest.
        folder: The data set's model output, with ``<task>/out_of_fold``.
        n_jobs: Worker processes; -1 is one a core.

    Returns:
        One row a photo and task, and a note for each store that is out of date; nothing where
        there are no predictions.

    Raises:
        StorageError: If a finished store is damaged.
        ImageReadError: If a map is missing.
    """
    stores, notes = find_out_of_fold(folder, digest_manifest(manifest))
    usable = usable_rows(manifest)
    parts = []
    for task, store in stores.items():
        if task_spec(task).truth == "masks":
            parts.append(_look_at_masks(usable, store, n_jobs))
        elif task_spec(task).truth == "labels":
            parts.append(_look_at_labels(usable, store))
    scores = pd.concat(parts) if parts else _no_findings()
    return Findings(scores.reset_index(drop=True), tuple(notes))


def rank_photos(findings: Sequence[Findings]) -> pd.DataFrame:
    """Rank photos by their worst finding.

    Args:
        findings: From pairs and from predictions.

    Returns:
        One row a photo, the worst first: ``COLUMNS``, ``map_path`` (missing where there is no
        map) and ``rank`` from 1.

    Raises:
        ManifestError: If nothing was scored at all.
    """
    found = [part.scores for part in findings if not part.scores.empty]
    if not found:
        notes = "; ".join(note for part in findings for note in part.notes)
        raise ManifestError(
            "A review needs masks, or predictions out of fold.",
            received="photos without masks, and no predictions" + (f" ({notes})" if notes else ""),
            remedy="Put masks beside the photos (docs/how_to/train_on_your_photos.md) and ingest "
            "again; of photos with labels, run `kedro run --pipeline=cross_validate` first, with "
            "the same --env and --params.",
        )
    scores = pd.concat(found, ignore_index=True)
    maps = scores.dropna(subset=_MAP_PATH).set_index("image_id")[_MAP_PATH]
    worst_first = scores.sort_values(["score", "image_id"], ascending=[False, True], kind="stable")
    ranked = worst_first.drop_duplicates("image_id").reset_index(drop=True)
    ranked[_MAP_PATH] = ranked["image_id"].map(maps).astype("string")
    return ranked.assign(rank=range(1, len(ranked) + 1))


def _look_at_masks(usable: pd.DataFrame, store: OutOfFold, n_jobs: int) -> pd.DataFrame:
    with_masks = usable.loc[usable["mask_path"].notna(), ["image_id", "mask_path"]]
    rows = store.table.merge(with_masks, on="image_id")
    paths = list(zip(rows[_MAP_PATH], rows["mask_path"], strict=True))
    results = spread(_measure_files, paths, n_jobs=n_jobs)
    tracked = track(results, total=len(rows), description="Comparing predictions", unit="masks")
    scored = score_mask_predictions(pd.DataFrame(list(tracked)))
    return _as_findings(rows["image_id"], scored, MASK).assign(map_path=rows[_MAP_PATH])


def _measure_files(paths: tuple[str, str]) -> PredictionFeatures:
    map_path, mask_path = map(Path, paths)
    return measure_prediction(read_map(map_path), read_mask(mask_path))


def _look_at_labels(usable: pd.DataFrame, store: OutOfFold) -> pd.DataFrame:
    labelled = usable.loc[usable["label"].notna(), ["image_id", "label"]]
    rows = store.table.merge(labelled, on="image_id")
    scored = score_labels(rows["label"].to_numpy(int), rows["probability"].to_numpy(float))
    return _as_findings(rows["image_id"], scored, LABEL)


def _as_findings(image_ids: pd.Series, scored: pd.DataFrame, kind: str) -> pd.DataFrame:
    table = scored.assign(image_id=image_ids.astype("string"), kind=kind)[list(COLUMNS)]
    return table.assign(map_path=pd.Series(pd.NA, index=table.index, dtype="string"))


def _no_findings() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="string") for name in (*COLUMNS, _MAP_PATH)})
