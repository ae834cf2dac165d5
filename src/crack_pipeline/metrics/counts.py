"""Confusion counts, of one photo, of many, or at many thresholds."""

from dataclasses import dataclass
from types import EllipsisType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ShapeError

CountArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionCounts:
    """How often truth and prediction agree and disagree; crack is the positive class.

    The four arrays share one shape: () for one photo at one threshold, (K,) for K thresholds,
    (N, K) for N photos at K thresholds.

    Attributes:
        true_positive: Crack that was predicted.
        false_positive: Background that was predicted as crack.
        false_negative: Crack that was not predicted.
        true_negative: Background that was left alone.
    """

    true_positive: CountArray
    false_positive: CountArray
    false_negative: CountArray
    true_negative: CountArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of each of the four arrays."""
        return self.true_positive.shape

    def at(self, index: int | tuple[slice | int | EllipsisType, ...]) -> "ConfusionCounts":
        """The counts at an index, for instance ``(slice(None), k)`` for threshold k of all."""
        return ConfusionCounts(
            np.asarray(self.true_positive[index]),
            np.asarray(self.false_positive[index]),
            np.asarray(self.false_negative[index]),
            np.asarray(self.true_negative[index]),
        )

    def pooled(self) -> "ConfusionCounts":
        """The counts summed over the first axis: all photos as if they were one."""
        return ConfusionCounts(
            self.true_positive.sum(axis=0),
            self.false_positive.sum(axis=0),
            self.false_negative.sum(axis=0),
            self.true_negative.sum(axis=0),
        )


def count_confusion(truth: ArrayLike, predicted: ArrayLike) -> ConfusionCounts:
    """Count agreement and disagreement of two binary arrays.

    Args:
        truth: Any shape, {0, 1} or bool; 1 is crack.
        predicted: The same shape, {0, 1} or bool.

    Returns:
        Counts of shape ().

    Raises:
        ShapeError: If the shapes differ.
    """
    truth_array = np.asarray(truth).astype(bool)
    predicted_array = np.asarray(predicted).astype(bool)
    require_same_shape(truth_array, predicted_array)
    n_true_positive = np.count_nonzero(truth_array & predicted_array)
    n_truth = np.count_nonzero(truth_array)
    n_predicted = np.count_nonzero(predicted_array)
    return ConfusionCounts(
        np.array(n_true_positive, np.int64),
        np.array(n_predicted - n_true_positive, np.int64),
        np.array(n_truth - n_true_positive, np.int64),
        np.array(truth_array.size - n_truth - n_predicted + n_true_positive, np.int64),
    )


def require_same_shape(truth: NDArray[np.generic], predicted: NDArray[np.generic]) -> None:
    """Check that truth and prediction cover the same elements.

    Args:
        truth: Any shape.
        predicted: Any shape.

    Raises:
        ShapeError: If the shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ShapeError(
            "Truth and prediction must have the same shape.",
            received=f"truth {truth.shape}, prediction {predicted.shape}",
            remedy="Compare a prediction with the mask of the same photo at the same size.",
        )
