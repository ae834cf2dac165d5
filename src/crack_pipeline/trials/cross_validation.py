"""K-fold cross-validation: its trials, their numbers, its report, out-of-fold predictions."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import ManifestError, SplitError
from crack_pipeline.manifest import usable_rows, validate_manifest
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.masks import MaskSums, summarize_masks
from crack_pipeline.splits.splits import assign_folds, count_groups, place_groups
from crack_pipeline.storage import FINISHED_MARKER, explain_write_errors, write_marker
from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.measuring import name_map
from crack_pipeline.trials.result import MAPS, TrialResult
from crack_pipeline.trials.trial import Trial, TrialSettings
from crack_pipeline.types import Task
from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.numbers import format_number
from crack_pipeline.wording.phrases import align_columns


def plan_folds(
    manifest: pd.DataFrame,
    settings: TrialSettings,
    *,
    n_folds: int,
    validation_share: float,
    seed: int,
) -> list[Trial]:
    """Plan one trial a fold over the train and validation photos; test photos stay untouched.

    The held-out fold becomes the "test" part of its trial. A part of the other folds, whole
    groups, becomes validation: epoch and threshold are chosen there.

    Args:
        manifest: A validated manifest.
        settings: How each trial is done.
        n_folds: Number of folds where the manifest has none.
        validation_share: Share of the other folds' photos that becomes validation.
        seed: Seed of the folds where the manifest has none, and of the validation parts.

    Returns:
        One trial a fold, in the order of the folds.

    Raises:
        ManifestError: If only some photos have a fold.
        SplitError: If a group lies in two folds, or there are too few groups.
    """
    rows = usable_rows(manifest)
    rows = rows[rows["split"].isin(["train", "validation"])].reset_index(drop=True)
    rows["fold"] = _folds_of(rows, n_folds, seed)
    return [
        Trial(f"fold_{fold}", _hold_out(rows, int(fold), validation_share, seed), settings)
        for fold in sorted(rows["fold"].unique())
    ]


def _folds_of(rows: pd.DataFrame, n_folds: int, seed: int) -> pd.Series:
    if rows["fold"].isna().all():
        return assign_folds(rows["group_id"], rows["label"], n_folds=n_folds, seed=seed)
    if rows["fold"].isna().any():
        raise ManifestError(
            "Each train and validation photo needs a fold, or none has one.",
            received=f"{int(rows['fold'].isna().sum())} of {len(rows)} photos without a fold",
            remedy="Run `kedro run --pipeline=ingest` again, with `ingestion.splitting.folds`.",
        )
    divided = rows.groupby("group_id")["fold"].nunique()
    if (divided > 1).any():
        raise SplitError(
            "The photos of a group must lie in one fold.",
            received=f"group {divided.idxmax()} in {divided.max()} folds",
            remedy="Run `kedro run --pipeline=ingest` again to divide the groups anew.",
        )
    return rows["fold"]


def _hold_out(rows: pd.DataFrame, fold: int, validation_share: float, seed: int) -> pd.DataFrame:
    others = rows[rows["fold"] != fold]
    counts = count_groups(others["group_id"], others["label"])
    if len(counts) < 2:
        raise SplitError(
            "The other folds need at least two groups, for train and validation.",
            received=f"{len(counts)} group beside fold {fold}",
            remedy="Ask for fewer folds, or add photos of other places.",
        )
    shares = {"train": 1.0 - validation_share, "validation": validation_share}
    parts = others["group_id"].map(place_groups(counts, shares, seed))
    return validate_manifest(rows.assign(split=parts.reindex(rows.index).fillna("test")))


_DECIDED = 0.5
_FREE_OF_THRESHOLD = ("auc", "average_precision", "f1_at_half")
_SUMMARIES = {
    "mean of folds": "fold_{}_mean",
    "standard deviation": "fold_{}_sd",
    "all photos, out of fold": "out_of_fold_{}",
}


def name_fold_metrics(metrics: dict[str, float]) -> dict[str, float]:
    """Call what was read on a held-out fold by its name: ``test_f1`` becomes ``fold_f1``.

    Args:
        metrics: Of a trial.

    Returns:
        The same numbers; no name speaks of the test photos, which nothing was read on.
    """
    return {
        f"fold_{name.removeprefix('test_')}" if name.startswith("test_") else name: value
        for name, value in metrics.items()
    }


def summarize_spread(results: Sequence[TrialResult]) -> dict[str, float]:
    """Mean and standard deviation of each metric over the folds.

    Args:
        results: K ≥ 2 finished folds.

    Returns:
        ``fold_<metric>_mean`` and ``fold_<metric>_sd`` (of a sample, K - 1 in the denominator).
    """
    table = pd.DataFrame([name_fold_metrics(result.metrics) for result in results])
    names = [name for name in map(str, table) if name.startswith("fold_")]
    summary: dict[str, float] = {}
    for name in names:
        values = table[name].dropna()
        if len(values) == len(results) and "photos" not in name:
            summary[f"{name}_mean"] = float(values.mean())
            summary[f"{name}_sd"] = float(values.std())
    return summary


def pool_out_of_fold(
    results: Sequence[TrialResult], *, tolerance_px: int | None
) -> dict[str, float]:
    """Metrics of all photos together, each predicted by the model that did not see it.

    Each photo is decided at the threshold of its own fold's model, which was chosen on that
    model's validation photos.

    Args:
        results: The finished folds.
        tolerance_px: Of a segmentation; None for a classification.

    Returns:
        ``out_of_fold_<metric>`` → number.
    """
    if tolerance_px is None:
        return _pool_labels(results)
    photos = ProbabilityHistograms.concatenate([result.histograms() for result in results])
    thresholds = np.repeat(
        [result.threshold for result in results], [len(result.photos()) for result in results]
    )
    decided = decide_each(photos, thresholds)

    def summarize(histograms: ProbabilityHistograms) -> dict[str, float]:
        return summarize_masks(
            MaskSums(histograms),
            threshold=_DECIDED,
            tolerance_px=tolerance_px,
            prefix="out_of_fold",
        )

    return _combine(summarize(decided), summarize(photos))


def decide_each(
    photos: ProbabilityHistograms, thresholds: NDArray[np.float64]
) -> ProbabilityHistograms:
    """Turn probabilities into decisions, at a threshold for each photo.

    Args:
        photos: Histograms of shape (N, 101).
        thresholds: (N,) thresholds of the grid.

    Returns:
        Histograms of shape (N, 101) whose pixels have the probability 0 or 1.
    """
    indices = np.array([grid_index(float(threshold)) for threshold in thresholds])
    above = np.arange(photos.crack.shape[1]) >= indices[:, None]

    def decide(levels: NDArray[np.int64]) -> NDArray[np.int64]:
        decided = np.zeros_like(levels)
        decided[:, -1] = np.where(above, levels, 0).sum(axis=1)
        decided[:, 0] = levels.sum(axis=1) - decided[:, -1]
        return decided

    return photos.change(decide)


def report_folds(
    trials: Sequence[Trial],
    results: Sequence[TrialResult],
    metrics: Mapping[str, float],
    *,
    manifest_digest: str,
) -> dict[str, Any]:
    """Write a cross-validation down.

    Args:
        trials: One a fold.
        results: Theirs, in the same order.
        metrics: Spread and pooled numbers.
        manifest_digest: Of the manifest that the folds were made from.

    Returns:
        JSON-ready: task, data set, model, one entry a fold, all metrics, and which are shown.
    """
    settings = trials[0].settings
    return {
        "task": settings.task,
        "dataset": settings.dataset,
        "model": settings.model.name,
        "manifest_digest": manifest_digest,
        "settings": settings.model_dump(mode="json"),
        "folds": [
            _report_fold(trial, result) for trial, result in zip(trials, results, strict=True)
        ],
        "metrics": dict(metrics),
        "shown": [
            [name, describe_metric(name).short] for name in task_spec(settings.task).fold_metrics
        ],
    }


def tabulate_folds(report: Mapping[str, Any]) -> str:
    """Lay out the folds, their mean and spread, and all photos together.

    Args:
        report: From ``report_folds``.

    Returns:
        Lines of text.
    """
    shown, metrics = report["shown"], report["metrics"]
    rows = [["", *(label for _, label in shown)]]
    for fold in report["folds"]:
        values = [fold["metrics"].get(f"fold_{name}") for name, _ in shown]
        rows.append([f"{fold['name']}, {fold['photos']} photos", *map(format_number, values)])
    for label, pattern in _SUMMARIES.items():
        values = [metrics.get(pattern.format(name)) for name, _ in shown]
        rows.append([label, *map(format_number, values)])
    return align_columns(rows)


def _report_fold(trial: Trial, result: TrialResult) -> dict[str, Any]:
    sizes = trial.manifest["split"].value_counts()
    return {
        "name": trial.name.replace("_", " "),
        "photos": int(sizes["test"]),
        "train_photos": int(sizes["train"]),
        "validation_photos": int(sizes["validation"]),
        "threshold": result.threshold,
        "training_seconds": sum(entry["seconds"] for entry in result.history),
        "facts": result.facts,
        "metrics": name_fold_metrics(result.metrics),
    }


def _pool_labels(results: Sequence[TrialResult]) -> dict[str, float]:
    photos = pd.concat([result.photos().assign(fold=result.name) for result in results])
    labels, probabilities = photos["label"].astype(int), photos["probability"]
    predicted = photos["true_positive"] + photos["false_positive"]
    decided = summarize_labels(labels, predicted, threshold=_DECIDED, prefix="out_of_fold")
    graded = summarize_labels(labels, probabilities, threshold=_DECIDED, prefix="out_of_fold")
    return _combine(decided, graded)


def _combine(decided: dict[str, float], graded: dict[str, float]) -> dict[str, float]:
    free = {
        name: value
        for name, value in graded.items()
        if name.removeprefix("out_of_fold_").startswith(_FREE_OF_THRESHOLD)
    }
    return {**decided, **free}


PREDICTIONS = "predictions.parquet"


def write_out_of_fold(
    folder: Path,
    results: Mapping[int, TrialResult],
    *,
    task: Task,
    manifest_digest: str,
) -> pd.DataFrame:
    """Collect the predictions of all folds in one folder, replacing what was there.

    ``predictions.parquet`` holds ``image_id, fold, probability`` (classification) or ``map_file``
    (segmentation: a grey PNG of probability · 255 under ``maps/``, named by the SHA-1 of the id).
    ``finished.json`` is written last; a folder without it is half-written and not to be read.

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
    with explain_write_errors("Out-of-fold predictions are written to disk.", folder):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / MAPS).mkdir(parents=True)
        tables = [_collect(folder, fold, result, task) for fold, result in results.items()]
        predictions = pd.concat(tables).sort_values("image_id").reset_index(drop=True)
        predictions.to_parquet(folder / PREDICTIONS, index=False)
        told = {"task": task, "manifest_digest": manifest_digest, "folds": sorted(results)}
        files = [folder / PREDICTIONS]
        write_marker(folder / FINISHED_MARKER, manifest_digest, files, **told)
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
