"""Two runs compared: differences on the same photos, which run is better, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.comparing.evaluated_run import NEEDED, EvaluatedRun, SharedPhotos
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import PairedInterval, paired_interval
from crack_pipeline.metrics.labels import LabelPredictions, paired_label_intervals
from crack_pipeline.metrics.rates import ConfusionCounts, Matches
from crack_pipeline.task_specs import task_spec
from crack_pipeline.wording.metric_labels import Metric, describe_metric
from crack_pipeline.wording.numbers import PERCENT, format_interval, format_number
from crack_pipeline.wording.phrases import align_columns, group_remarks

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
    tolerance = first.tolerance_px
    is_shared = tolerance is not None and tolerance == second.tolerance_px
    tolerant = [f"f1_tolerance_{tolerance}px_pooled"] if is_shared else []
    names = ("f1_pooled", *tolerant, "iou_pooled", "cldice_pooled", "dice_mean")

    def rate(sums: Sums) -> Sums:
        right, false, missed, near, found, line_p, inside_p, line_t, inside_t, dice, n = sums.T
        cells = (right, false, missed, np.zeros_like(right))
        counts = ConfusionCounts(*(np.rint(cell).astype(np.int64) for cell in cells))
        found_near = Matches(counts.predicted, near, counts.crack, found).f1()
        metrics = [
            rates.f1(counts),
            *([found_near] if is_shared else []),
            rates.iou(counts),
            Matches(line_p, inside_p, line_t, inside_t).f1(),
            dice / n,
        ]
        return np.stack(metrics, axis=1)

    one, other = (
        table[list(_COLUMNS)].assign(photos=1.0).to_numpy(np.float64)
        for table in (photos.first, photos.second)
    )
    measured = paired_interval(one, other, photos.groups.to_numpy(), rate, resamples=resamples)
    pairs = zip(names, measured, strict=True)
    return [Difference(describe_metric(name), one) for name, one in pairs]


def report_comparison(
    runs: tuple[EvaluatedRun, EvaluatedRun],
    photos: SharedPhotos,
    differences: Sequence[Difference],
    *,
    resamples: int,
) -> dict[str, Any]:
    """Put a comparison together.

    Args:
        runs: The two runs; in words they are a and b.
        photos: What they were compared on.
        differences: From ``measure_differences``, the most telling first.
        resamples: Draws of the bootstrap.

    Returns:
        JSON-ready: ``sentence``, ``task``, ``runs``, numbers of photos and groups,
        ``differences``, one a metric with ``better`` ("a", "b" or "neither"), ``clear`` (the
        interval leaves out 0), ``sure`` (the share of draws in which the better one is better) and
        ``words``, and ``notes``.
    """
    return {
        "sentence": summarize_differences(differences),
        "task": runs[0].task,
        "runs": {FIRST: runs[0].describe(), SECOND: runs[1].describe()},
        "photos": len(photos.first),
        "groups": int(photos.groups.nunique()),
        "photos_left_out": {FIRST: photos.left_out[0], SECOND: photos.left_out[1]},
        "resamples": resamples,
        "differences": [_describe(one) for one in differences],
        "notes": _list_notes(runs, photos, differences),
    }


def summarize_differences(differences: Sequence[Difference]) -> str:
    """Say in one sentence which run is better.

    Args:
        differences: The most telling metric first.

    Returns:
        Its difference in words, and how the other metrics see it.
    """
    main, *others = differences
    text = f"By {main.label}, {describe_difference(main)}."
    if not others:
        return text
    parts = [
        f"{side} is clearly better in {n_clear}"
        for side in (FIRST, SECOND)
        if (n_clear := sum(one.is_clear and one.better == side for one in others))
    ]
    if n_open := sum(not one.is_clear or one.better == NEITHER for one in others):
        parts.append(f"they cannot be told apart in {n_open}")
    return f"{text} Of {len(others)} other metrics, {', '.join(parts)}."


def describe_difference(one: Difference) -> str:
    """Say which run is better by one metric, by how much, and how sure that is.

    Args:
        one: The difference.

    Returns:
        Words without a full stop.
    """
    found, side = one.found, one.better
    values = f"{format_number(found.first)} against {format_number(found.second)}"
    if not np.isfinite(one.gain):
        return "nothing can be said: it is undefined for these photos"
    if side == NEITHER:
        return f"a and b are equal, {values}"
    by_how_much = f"by {format_number(abs(one.gain))} ({values})"
    bounds = format_interval(found.difference.low, found.difference.high, signed=True)
    if not bounds or one.sureness is None:
        return f"{side} is ahead {by_how_much}, without interval: {found.difference.note}"
    spread = f"95 % interval of a less b {bounds}, {side} ahead in {_write_sureness(one.sureness)}"
    if one.is_clear:
        return f"{side} is better {by_how_much}; {spread}"
    return f"{side} is ahead {by_how_much}, but this may be chance; {spread}"


def tabulate_differences(differences: Sequence[Difference]) -> pd.DataFrame:
    """One row a metric.

    Args:
        differences: Of two runs.

    Returns:
        ``name, label, a, b, difference, low, high, better, clear, sure``.
    """
    table = pd.DataFrame([_describe(one) for one in differences])
    return table.drop(columns=["lower_is_better", "words", "note"])


def format_differences(differences: Sequence[Difference]) -> str:
    """Lay the differences out on one screen.

    Args:
        differences: Of two runs.

    Returns:
        A heading, then one line a metric.
    """
    rows = [["", "a", "b", "a less b", "95 % interval", "better"]]
    for one in differences:
        found, gain = one.found, one.found.difference
        sure = "" if one.sureness is None else f" in {_write_sureness(one.sureness)}"
        rows.append(
            [
                one.label,
                format_number(found.first),
                format_number(found.second),
                format_number(gain.value, signed=True),
                format_interval(gain.low, gain.high, signed=True),
                f"{one.better}{sure}{'' if one.is_clear else ', may be chance'}",
            ]
        )
    return align_columns(rows)


def _describe(one: Difference) -> dict[str, Any]:
    found = one.found
    return {
        "name": one.metric.name,
        "label": one.label,
        "a": _known(found.first),
        "b": _known(found.second),
        "difference": _known(found.difference.value),
        "low": found.difference.low,
        "high": found.difference.high,
        "lower_is_better": one.metric.is_lower_better,
        "better": one.better,
        "clear": one.is_clear,
        "sure": one.sureness,
        "words": describe_difference(one),
        "note": found.difference.note,
    }


def _list_notes(
    runs: tuple[EvaluatedRun, EvaluatedRun], photos: SharedPhotos, differences: Sequence[Difference]
) -> list[str]:
    first, second = runs
    digests = {first.manifest_digest, second.manifest_digest}
    notes = {
        "The manifests differ: what is in test of one run may have been in train of the other.": (
            len(digests) > 1
        ),
        f"Only the {len(photos.first)} photos that both runs were measured on are compared.": any(
            photos.left_out
        ),
        "F1 with tolerance is left out, since both runs must count with one tolerance: "
        f"{_pixels(first.tolerance_px)} and {_pixels(second.tolerance_px)}.": (
            task_spec(first.task).truth == "masks"
            and (first.tolerance_px is None or first.tolerance_px != second.tolerance_px)
        ),
    }
    limits = group_remarks((one.label, one.found.difference.note) for one in differences)
    return [*(note for note, holds in notes.items() if holds), *limits]


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _write_sureness(share: float) -> str:
    return f"{format_number(share, PERCENT)} of the bootstrap resamples"


def _pixels(tolerance_px: int | None) -> str:
    return "unknown" if tolerance_px is None else f"{tolerance_px} px"
