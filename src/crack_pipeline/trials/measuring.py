"""Measure the model of a trial: its test photos, and the cost of its network."""

import hashlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.storage import explain_write_errors
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
    with explain_write_errors("Probability maps need a folder that can be written.", path.parent):
        path.write_bytes(content.tobytes() if done else b"")


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


_ROUNDS = 7
_BATCH = 8


def measure_cost(model: Any, input_px: int) -> dict[str, float]:
    """Count a network's operations and time it on one tile and on a batch.

    Args:
        model: A Keras model, float32.
        input_px: Side of its input in px.

    Returns:
        ``flops`` of a tile; ``ms_a_tile`` on the processor, alone and ``…_in_batch`` of eight,
        medians of seven after two for warming up; ``cores`` that it could use.
    """
    import keras

    from crack_pipeline.models.layers import count_flops

    tiles = np.random.default_rng(0).integers(0, 256, (_BATCH, input_px, input_px, 3), np.uint8)
    with keras.device("cpu"):  # a copy there: the network itself may lie on a GPU
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return {
            "flops": float(count_flops(model, input_px)),
            "ms_a_tile": _time(copy, tiles[:1]),
            "ms_a_tile_in_batch": _time(copy, tiles) / _BATCH,
            "cores": float(joblib.cpu_count()),
        }


def _time(model: Any, batch: np.ndarray) -> float:
    model.predict_on_batch(batch)
    model.predict_on_batch(batch)
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        model.predict_on_batch(batch)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)
