"""Differences of two runs on the same photos, with intervals over source photos."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.comparing.evaluated_run import NEEDED, EvaluatedRun
from crack_pipeline.comparing.shared_photos import SharedPhotos
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import PairedInterval, paired_interval
from crack_pipeline.metrics.labels import LabelPredictions, paired_label_intervals
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.task_specs import task_spec
from crack_pipeline.wording.metric_labels import Metric, describe_metric

FIRST, SECOND, NEITHER = "a", "b", "neither"

_OF_LABELS = ("f1", "accuracy", "balanced_accuracy", "auc", "brier")
_IDS = 2  # the first columns name the photo and its group
_COLUMNS = NEEDED["masks"][_IDS:]
Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two runs.

    Attributes:
        metric: From the table of metrics.
        found: Values, difference and interval.
    """

    metric: Metric
    found: PairedInterval

    @property
    def label(self) -> str:
        """The metric in words, with the value that is best where that is 0."""
        return self.metric.label + (" (0 is best)" if self.metric.is_lower_better else "")

    @property
    def gain(self) -> float:
        """By how much the first run is better; negative where it is worse, NaN where unknown."""
        value = self.found.difference.value
        return -value if self.metric.is_lower_better else value

    @property
    def is_clear(self) -> bool:
        """True where the interval of the difference leaves out 0."""
        low, high = self.found.difference.low, self.found.difference.high
        return low is not None and high is not None and (low > 0 or high < 0)

    @property
    def better(self) -> str:
        """The better run: ``a``, ``b`` or ``neither``."""
        if not np.isfinite(self.gain) or self.gain == 0:
            return NEITHER
        return FIRST if self.gain > 0 else SECOND

    @property
    def sureness(self) -> float | None:
        """Share of the bootstrap resamples in which the better run is better."""
        share = self.found.first_better
        if share is None or self.better == NEITHER:
            return None
        return share if self.better == FIRST else 1.0 - share


def measure_differences(
    first: EvaluatedRun, second: EvaluatedRun, photos: SharedPhotos, *, resamples: int
) -> list[Difference]:
    """Measure the headline metrics of two runs, their groups drawn jointly.

    Args:
        first: A run.
        second: The run that is subtracted.
        photos: Those that both were measured on.
        resamples: Draws of the bootstrap.

    Returns:
        Segmentation: pooled F1, F1 with tolerance where both runs have the same, IoU, clDice and
        the mean Dice. Classification: F1, accuracy, balanced accuracy, AUC and Brier score.
    """
    if task_spec(first.task).truth != "masks":
        return _compare_labels(first, second, photos, resamples)
    return _compare_masks(first, second, photos, resamples)


def _compare_labels(
    first: EvaluatedRun, second: EvaluatedRun, photos: SharedPhotos, resamples: int
) -> list[Difference]:
    one, other = (
        LabelPredictions(table["probability"].to_numpy(np.float64), run.threshold)
        for run, table in ((first, photos.first), (second, photos.second))
    )
    labels = photos.first["label"].to_numpy(np.int64)
    found = paired_label_intervals(
        labels, one, other, photos.groups.to_numpy(), resamples=resamples
    )
    return [Difference(describe_metric(name), found[name]) for name in _OF_LABELS]


def _compare_masks(
    first: EvaluatedRun, second: EvaluatedRun, photos: SharedPhotos, resamples: int
) -> list[Difference]:
    metrics = _list_mask_metrics(first, second)

    def rate(sums: Sums) -> NDArray[np.float64]:
        by_name = {name: sums[:, place] for place, name in enumerate((*_COLUMNS, "photos"))}
        return np.stack([measure(by_name) for measure in metrics.values()], axis=1)

    found = paired_interval(
        _tabulate(photos.first),
        _tabulate(photos.second),
        photos.groups.to_numpy(),
        rate,
        resamples=resamples,
    )
    return [
        Difference(describe_metric(name), one) for name, one in zip(metrics, found, strict=True)
    ]


def _tabulate(photos: pd.DataFrame) -> Sums:
    counted = photos[list(_COLUMNS)].to_numpy(np.float64)
    return np.column_stack([counted, np.ones(len(counted))])


_Named = dict[str, NDArray[np.float64]]


def _list_mask_metrics(
    first: EvaluatedRun, second: EvaluatedRun
) -> dict[str, Callable[[_Named], NDArray[np.float64]]]:
    tolerance = first.tolerance_px
    is_shared = tolerance is not None and tolerance == second.tolerance_px
    return {
        "f1_pooled": lambda sums: rates.f1(_counts(sums)),
        **({f"f1_tolerance_{tolerance}px_pooled": _tolerant_f1} if is_shared else {}),
        "iou_pooled": lambda sums: rates.iou(_counts(sums)),
        "cldice_pooled": _cldice,
        "dice_mean": lambda sums: sums["dice"] / sums["photos"],
    }


def _counts(sums: _Named) -> ConfusionCounts:
    names = ("true_positive", "false_positive", "false_negative")
    found, false, missed = (np.rint(sums[name]).astype(np.int64) for name in names)
    return ConfusionCounts(found, false, missed, np.zeros_like(found))


def _tolerant_f1(sums: _Named) -> NDArray[np.float64]:
    predicted = sums["true_positive"] + sums["false_positive"]
    truth = sums["true_positive"] + sums["false_negative"]
    return rates.matched_f1(predicted, sums["near_px"], truth, sums["found_px"])


def _cldice(sums: _Named) -> NDArray[np.float64]:
    """As ``CentrelineCounts.cldice``, of sums."""
    names = ("predicted", "predicted_inside", "truth", "truth_inside")
    return rates.matched_f1(*(sums[f"line_{name}"] for name in names))
