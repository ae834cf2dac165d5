"""Trials of a k-fold cross-validation: each fold is predicted by a model that never saw it."""

import pandas as pd

from crack_pipeline.errors import ManifestError, SplitError
from crack_pipeline.manifest import usable_rows, validate_manifest
from crack_pipeline.splits.splits import assign_folds, count_groups, place_groups
from crack_pipeline.trials.trial import Trial, TrialSettings


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
