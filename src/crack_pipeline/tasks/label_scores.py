"""Predicted labels of a split against those that people gave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion
from crack_pipeline.progress import track
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.types import RgbImage, Split


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """Predictions of a split against its truth.

    Attributes:
        rows: The photos' rows of the manifest, those with a label.
        labels: (N,) int of {0, 1}.
        probabilities: (N,) float64 in [0, 1].
    """

    rows: pd.DataFrame
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def counts_at(self, threshold: float) -> ConfusionCounts:
        """Counts of shape () at a threshold."""
        return count_confusion(self.labels, self.probabilities >= threshold)


def score_split(subject: Subject, split: Split) -> LabelScores:
    """Predict the photos of a split.

    Args:
        subject: The model and the photos.
        split: The part to predict.

    Returns:
        Probabilities beside the truth, of the photos whose label is known.
    """
    rows = labelled_rows(subject.manifest, split)
    images = read_photos(rows, f"Measuring {split}")
    return pair_labels(rows, list(subject.bundle.predict_labels(images)))


def labelled_rows(manifest: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Usable photos of a split whose label is known.

    Args:
        manifest: A validated manifest.
        split: The part wanted.

    Returns:
        Their rows, sorted by ``image_id``, index from 0.
    """
    rows = usable_rows(manifest, split)
    return rows[rows["label"].notna()].reset_index(drop=True)


def read_photos(rows: pd.DataFrame, description: str) -> Iterator[RgbImage]:
    """Photos of manifest rows, one after another.

    Args:
        rows: With ``image_path``.
        description: Of the progress.

    Yields:
        (H, W, 3) uint8.
    """
    for path in track(rows["image_path"], total=len(rows), description=description, unit="photos"):
        yield read_image(Path(path))


def pair_labels(
    rows: pd.DataFrame, probabilities: Sequence[float] | NDArray[np.float64]
) -> LabelScores:
    """Put predictions beside the labels of the photos.

    Args:
        rows: N rows of the manifest with labels.
        probabilities: (N,) in [0, 1].

    Returns:
        Both.
    """
    labels = np.asarray(rows["label"], np.int64)
    return LabelScores(rows, labels, np.asarray(probabilities, np.float64))
