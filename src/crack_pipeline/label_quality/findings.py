"""Findings of every kind, brought together to one ranking of photos."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import joblib
import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.label_quality.out_of_fold import OutOfFold, find_out_of_fold
from crack_pipeline.label_quality.pair_scores import score_pairs
from crack_pipeline.label_quality.prediction_scores import (
    measure_prediction_files,
    score_labels,
    score_mask_predictions,
)
from crack_pipeline.manifest import digest_manifest, usable_rows
from crack_pipeline.progress import track
from crack_pipeline.task_specs import task_spec

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
    scored = score_pairs(features)[["score", "check", "reason"]]
    return Findings(_as_findings(features["image_id"], scored, PAIR))


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
            remedy="Run `kedro run --pipeline=cross_validate` first, with the same --env and "
            "--params.",
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
    measure = joblib.delayed(measure_prediction_files)
    results = joblib.Parallel(n_jobs=n_jobs if len(rows) > 1 else 1, return_as="generator")(
        measure(Path(map_path), Path(mask_path))
        for map_path, mask_path in zip(rows[_MAP_PATH], rows["mask_path"], strict=True)
    )
    tracked = track(results, total=len(rows), description="Comparing predictions", unit="masks")
    scored = score_mask_predictions(pd.DataFrame(list(tracked)))
    return _as_findings(rows["image_id"], scored, MASK).assign(map_path=rows[_MAP_PATH])


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
