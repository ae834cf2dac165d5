"""Results of a trial, in its folder; the file that says "finished" is written last."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.errors import DamagedError
from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.storage import FINISHED_MARKER, read_marker, write_marker

MAPS = "maps"
_PHOTOS, _HISTOGRAMS = "photos.parquet", "histograms.npz"
_KINDS = ("crack", "background", "near_crack", "found_crack")


@dataclass(frozen=True, slots=True, eq=False)
class TrialResult:
    """A finished trial.

    Attributes:
        name: Of the trial.
        folder: Where its files lie.
        metrics: Flat, ``<split>_<metric>_<aggregation>`` → number.
        facts: Flat facts of the training: model, seed, epochs, backend, device.
        history: One entry an epoch.
        was_kept: Whether an earlier process had finished it.
    """

    name: str
    folder: Path
    metrics: dict[str, float]
    facts: dict[str, Any]
    history: list[dict[str, float]]
    was_kept: bool

    @property
    def threshold(self) -> float:
        """Decision threshold, chosen on the trial's validation photos."""
        return self.metrics["decision_threshold"]

    def photos(self) -> pd.DataFrame:
        """One row a test photo, sorted by id.

        Returns:
            ``image_id, group_id, label``, the counts ``true_positive, false_positive,
            false_negative, true_negative`` at the threshold (of pixels; a photo is one "pixel" in
            classification), and ``probability`` (missing in segmentation).
        """
        return pd.read_parquet(self.folder / _PHOTOS)

    def histograms(self) -> ProbabilityHistograms:
        """Histograms of the test photos of a segmentation, (N, 101), in the order of ``photos``."""
        with np.load(self.folder / _HISTOGRAMS) as arrays:
            return ProbabilityHistograms(**{kind: arrays[kind] for kind in _KINDS})


def write_result(
    folder: Path,
    key: str,
    *,
    metrics: Mapping[str, float],
    facts: Mapping[str, Any],
    history: list[dict[str, float]],
    photos: pd.DataFrame,
    histograms: ProbabilityHistograms | None,
) -> None:
    """Write a result, its marker last.

    Args:
        folder: The trial's folder.
        key: The trial's key.
        metrics: Flat metrics.
        facts: Flat facts of the training.
        history: One entry an epoch.
        photos: One row a test photo.
        histograms: Of a segmentation; None of a classification.
    """
    photos.to_parquet(folder / _PHOTOS, index=False)
    files = [folder / _PHOTOS]
    if histograms is not None:
        files.append(folder / _HISTOGRAMS)
        np.savez(folder / _HISTOGRAMS, **{kind: getattr(histograms, kind) for kind in _KINDS})
    told = {"metrics": dict(metrics), "facts": dict(facts), "history": history}
    write_marker(folder / FINISHED_MARKER, key, files, **told)


def read_result(name: str, folder: Path, key: str, *, was_kept: bool) -> TrialResult | None:
    """Read a finished trial.

    Args:
        name: Of the trial.
        folder: Its folder.
        key: Its key.
        was_kept: Whether an earlier process had finished it.

    Returns:
        The result; None if the trial is not finished, was another one, or its files are damaged.
    """
    try:
        said = read_marker(folder / FINISHED_MARKER, key)
        told = said["metrics"], said["facts"], said["history"]
    except (OSError, DamagedError, KeyError):
        return None
    return TrialResult(name, folder, *told, was_kept)
