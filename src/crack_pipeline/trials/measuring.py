"""Measure the model of a trial on its test photos, keeping what comparisons need of each photo."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import StorageError
from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks import label_report
from crack_pipeline.tasks.mask_scores import score_split
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.types import ProbabilityMap, Split

_LEVELS = 255
COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A model on the photos that were asked for.

    Attributes:
        metrics: Of validation and test, with the threshold.
        photos: One row a photo, as ``TrialResult.photos`` gives it.
        histograms: Of a segmentation, (N, 101); None of a classification.
    """

    metrics: dict[str, float]
    photos: pd.DataFrame
    histograms: ProbabilityHistograms | None


def measure_trial(
    subject: Subject,
    settings: Any,
    *,
    split: Split = "test",
    maps: Path | None = None,
) -> Measurement:
    """Choose the threshold on validation, then measure.

    Args:
        subject: The model and the photos.
        settings: How to measure, of the subject's task.
        split: The photos to measure on.
        maps: Folder for the probability maps of a segmentation; None writes none.

    Returns:
        The measurement.
    """
    spec = task_spec(subject.info.task)
    decision, _ = spec.part("choose_decision")(subject, settings)
    decided = subject.decided(decision)
    measured: Measurement = spec.part("measure")(decided, settings, split=split, maps=maps)
    chosen = {"decision_threshold": decision.threshold, **decision.metrics}
    return replace(measured, metrics={**chosen, **measured.metrics})


def name_map(image_id: str) -> str:
    """Name of the file of a photo's probability map: ids hold slashes and any other character."""
    return f"{hashlib.sha1(image_id.encode(), usedforsecurity=False).hexdigest()}.png"


def write_map(path: Path, probability: ProbabilityMap) -> None:
    """Write a probability map as a grey PNG.

    Args:
        path: The file.
        probability: (H, W) in [0, 1]; stored in steps of 1/255.

    Raises:
        StorageError: If it cannot be written.
    """
    levels = np.rint(probability * _LEVELS).astype(np.uint8)
    done, content = cv2.imencode(".png", levels)
    try:
        path.write_bytes(content.tobytes() if done else b"")
    except OSError as error:
        raise StorageError(
            "Probability maps need a folder that can be written.",
            received=f"{error.strerror} at {path}",
            remedy="Free space or give write permission, then run the same command again.",
        ) from error


def measure_masks(
    subject: Subject,
    settings: SegmentationEvaluation,
    *,
    split: Split,
    maps: Path | None,
) -> Measurement:
    """Measure the masks of a segmentation whose threshold is chosen."""
    threshold = subject.bundle.threshold
    scores = score_split(
        subject.bundle.predict_map,
        subject.manifest,
        split,
        settings,
        decide=threshold,
        keep=_map_keeper(maps),
    )
    metrics = scores.summarize(threshold, settings, split)
    missing = np.full(len(scores.rows), np.nan)
    described = describe_photos(scores.rows, scores.each_at(threshold), missing)
    return Measurement(metrics, described, scores.photos)


def measure_labels(
    subject: Subject,
    settings: ClassificationEvaluation,
    *,
    split: Split,
    maps: Path | None,
) -> Measurement:
    """Measure the labels of a classification whose threshold is chosen."""
    scores = label_report.score_split(subject, split)
    labels, probabilities = scores.labels, scores.probabilities
    threshold = subject.bundle.threshold
    metrics = summarize_labels(labels, probabilities, threshold=threshold, prefix=split)
    counts = count_each(labels, probabilities >= threshold)
    described = describe_photos(scores.rows, counts, probabilities)
    return Measurement(metrics, described, None)


def count_each(labels: NDArray[np.int64], predicted: NDArray[np.bool_]) -> ConfusionCounts:
    """Confusion counts of each photo by itself, 0 or 1.

    Args:
        labels: (N,) of {0, 1}.
        predicted: (N,) bool.

    Returns:
        Counts of shape (N,).
    """
    crack = labels == 1
    return ConfusionCounts(
        (crack & predicted).astype(np.int64),
        (~crack & predicted).astype(np.int64),
        (crack & ~predicted).astype(np.int64),
        (~crack & ~predicted).astype(np.int64),
    )


def describe_photos(
    rows: pd.DataFrame, counts: ConfusionCounts, probabilities: NDArray[np.float64]
) -> pd.DataFrame:
    """One row a photo: what was counted in it.

    Args:
        rows: N rows of the manifest.
        counts: Counts of shape (N,) at the decision threshold.
        probabilities: (N,) of photos; NaN in segmentation.

    Returns:
        ``image_id, group_id, label``, the four counts, ``probability``.
    """
    return rows[["image_id", "group_id", "label"]].assign(
        **{name: np.asarray(getattr(counts, name), np.int64) for name in COUNTS},
        probability=probabilities,
    )


def _map_keeper(folder: Path | None) -> Callable[[str, ProbabilityMap], None]:
    if folder is None:
        return lambda image_id, probability: None
    folder.mkdir(parents=True, exist_ok=True)
    return lambda image_id, probability: write_map(folder / name_map(image_id), probability)
