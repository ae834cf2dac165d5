"""Rates derived from confusion counts, with their values where nothing is there to divide by.

An empty truth with an empty prediction is a perfect answer, so precision, recall, F1 and IoU are
1 there. Where only one of the two is empty, all four are 0.

===================  ============  ============  ============  ============
Truth, prediction    precision     recall        F1 (Dice)     IoU
===================  ============  ============  ============  ============
both empty           1             1             1             1
only truth empty     0             0             0             0
only prediction      0             0             0             0
===================  ============  ============  ============  ============

Specificity is 1 where there is no background; accuracy of nothing is 1.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.measure.geometry import require_same_shape
from crack_pipeline.metrics.additive import Additive

CountArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionCounts(Additive):
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
    def crack(self) -> CountArray:
        """All that is crack."""
        return self.true_positive + self.false_negative

    @property
    def predicted(self) -> CountArray:
        """All that was predicted as crack."""
        return self.true_positive + self.false_positive

    @property
    def total(self) -> CountArray:
        """All that was counted."""
        return self.crack + self.false_positive + self.true_negative

    def minus(self, part: "ConfusionCounts") -> "ConfusionCounts":
        """Counts of all that is not in a part, for instance without one photo."""
        return ConfusionCounts(
            *(getattr(self, name) - getattr(part, name) for name in self.names())
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
    hits = np.count_nonzero(truth_array & predicted_array)
    n_truth, n_predicted = np.count_nonzero(truth_array), np.count_nonzero(predicted_array)
    cells = (
        hits,
        n_predicted - hits,
        n_truth - hits,
        truth_array.size - n_truth - n_predicted + hits,
    )
    return ConfusionCounts(*np.array(cells, np.int64))


def require_probabilities(values: NDArray[Any]) -> None:
    """Check probabilities.

    Raises:
        ParameterError: If one is not a number in [0, 1].
    """
    if values.size and not (values.min() >= 0.0 and values.max() <= 1.0):
        raise ParameterError(
            "Probabilities must be numbers in [0, 1].",
            received=f"values from {values.min()} to {values.max()}",
            remedy="Pass the output of a sigmoid; divide maps scaled 0–255 by 255.",
        )


RateArray: TypeAlias = NDArray[np.float64]


def precision(counts: ConfusionCounts) -> RateArray:
    """Share of the predicted crack that is crack, in the shape of the counts."""
    return share_found(counts.true_positive, counts.false_positive, counts.false_negative)


def recall(counts: ConfusionCounts) -> RateArray:
    """Share of the crack that was predicted, in the shape of the counts."""
    return share_found(counts.true_positive, counts.false_negative, counts.false_positive)


def f1(counts: ConfusionCounts) -> RateArray:
    """Harmonic mean of precision and recall, equal to the Dice coefficient.

    Args:
        counts: Counts of any shape.

    Returns:
        2 TP / (2 TP + FP + FN), in the shape of the counts.

    Source:
        Dice, L. R. (1945), Measures of the amount of ecologic association between species,
        Ecology 26(3), https://doi.org/10.2307/1932409
    """
    return divide(2 * counts.true_positive, counts.predicted + counts.crack, if_empty=1.0)


def iou(counts: ConfusionCounts) -> RateArray:
    """Intersection over union of the crack class (Jaccard index), in the shape of the counts."""
    return divide(counts.true_positive, counts.crack + counts.false_positive, if_empty=1.0)


def specificity(counts: ConfusionCounts) -> RateArray:
    """Share of the background that was left alone, in the shape of the counts."""
    background = counts.true_negative + counts.false_positive
    return divide(counts.true_negative, background, if_empty=1.0)


def accuracy(counts: ConfusionCounts) -> RateArray:
    """Share of all that was classified correctly, in the shape of the counts."""
    return divide(counts.true_positive + counts.true_negative, counts.total, if_empty=1.0)


def balanced_accuracy(counts: ConfusionCounts) -> RateArray:
    """Mean of recall and specificity; NaN where a class is absent, in the shape of the counts."""
    background = counts.total - counts.crack
    found = divide(counts.true_positive, counts.crack, if_empty=np.nan)
    return (found + divide(counts.true_negative, background, if_empty=np.nan)) / 2


def matthews(counts: ConfusionCounts) -> RateArray:
    """Correlation of truth and prediction; 0 where either holds one class only.

    Args:
        counts: Counts of any shape.

    Returns:
        In [−1, 1], in the shape of the counts.

    Source:
        Matthews, B. W. (1975), Comparison of the predicted and observed secondary structure of T4
        phage lysozyme, https://doi.org/10.1016/0005-2795(75)90109-9
    """
    tp, fp, fn, tn = (np.asarray(getattr(counts, name), np.float64) for name in counts.names())
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return divide(tp * tn - fp * fn, np.sqrt(product), if_empty=0.0)


def harmonic_mean(first: ArrayLike, second: ArrayLike) -> RateArray:
    """Harmonic mean of two rates; 0 where both are 0.

    Args:
        first: Rates in [0, 1].
        second: Rates in [0, 1], of the same shape.

    Returns:
        2ab / (a + b).
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return divide(2 * a * b, a + b, if_empty=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Matches(Additive):
    """Elements of prediction and truth, and how many of each the other side confirms.

    Where one side is empty, each rate is 1 if the other is too, else 0.

    Attributes:
        predicted: Predicted elements, of any shape.
        predicted_near: Of these, those that the truth confirms, for instance near true ones.
        truth: True elements.
        truth_near: Of these, those that the prediction confirms.

    >>> round(float(Matches(*map(np.array, (10, 9, 20, 10))).f1()), 4)
    0.6429
    """

    predicted: NDArray[Any]
    predicted_near: NDArray[Any]
    truth: NDArray[Any]
    truth_near: NDArray[Any]

    def precision(self) -> RateArray:
        """Share of the predicted elements that is confirmed."""
        return share_found(self.predicted_near, self.predicted - self.predicted_near, self.truth)

    def recall(self) -> RateArray:
        """Share of the true elements that is found."""
        return share_found(self.truth_near, self.truth - self.truth_near, self.predicted)

    def f1(self) -> RateArray:
        """Harmonic mean of precision and recall."""
        return harmonic_mean(self.precision(), self.recall())


def share_found(found: ArrayLike, missed: ArrayLike, of_other: ArrayLike) -> RateArray:
    """Found over found and missed; where both are 0, 1 if the other side is empty too, else 0.

    Args:
        found: Elements of this side that the other side confirms.
        missed: Elements of this side that it does not confirm.
        of_other: Elements of the other side that this side lacks.

    Returns:
        Rates in the common shape.
    """
    empty_value = np.where(np.asarray(of_other) > 0, 0.0, 1.0)
    return divide(found, np.asarray(found) + np.asarray(missed), if_empty=empty_value)


def divide(numerator: ArrayLike, denominator: ArrayLike, *, if_empty: ArrayLike) -> RateArray:
    """Divide, with a stated value where the denominator is 0.

    Args:
        numerator: Any shape.
        denominator: The same shape.
        if_empty: Value where the denominator is 0; broadcast.

    Returns:
        float64 in the common shape.
    """
    above, below = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    result = np.broadcast_to(np.asarray(if_empty, np.float64), below.shape).copy()
    np.divide(above, below, out=result, where=below > 0)
    return result


def miou_with_background(counts: ConfusionCounts) -> RateArray:
    """Mean of the IoU of crack and the IoU of background; for comparison only.

    Nearly all pixels are background, whose IoU is close to 1 whatever is predicted, so an empty
    prediction reaches almost 0.5. Papers that report "mIoU" of cracks mostly mean this.

    Args:
        counts: Pooled counts, of any shape.

    Returns:
        In the shape of the counts; a class that neither truth nor prediction holds counts as 1.

    Source:
        Long, Shelhamer, Darrell (2015), https://doi.org/10.1109/CVPR.2015.7298965, mean IU.
    """
    union = counts.total - counts.true_positive
    background = divide(counts.true_negative, union, if_empty=1.0)
    return np.asarray((iou(counts) + background) / 2)
