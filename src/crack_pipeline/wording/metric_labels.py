"""The one table of metrics: what each is called, its unit, its group and what to know of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from crack_pipeline.wording.numbers import split_unit

WIDTH_WORDS = {"thin": "below 3 px", "medium": "3 to 8 px", "wide": "above 8 px"}
"""Width classes of cracks."""

_WIDE_PX, _LINE_PX, _CLIOU_PX, _BOUNDARY_PX = 5, 2, 4, 2
_TOLERANCE = re.compile(r"_tolerance_(\d+)px")
_PREFIX = re.compile(r"^(test|validation|out_of_fold|fold)_")
_RATES = (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
_ON_TEST = "threshold chosen on these photos: for comparison with papers"
_LOWER_IS_BETTER = re.compile("brier|ece|mce|aurc|hausdorff95|false_|a90|l90")
_SYMBOLS = "F1 IoU mIoU clDice clIoU AUC ROC PR MCC ECE ODS OIS HD95 Dice"
_WORDS = {**{word.lower(): word for word in _SYMBOLS.split()}, "brier": "Brier score"}
_OF_LABELS = (
    "accuracy balanced_accuracy precision recall specificity f1 mcc auc average_precision brier"
)
_LABELS = {
    "f1": "F1",
    "mcc": "Matthews' correlation",
    "auc": "area under ROC",
    "brier": "Brier score",
}
_NOTES = {"average_precision": "area under precision–recall", "brier": "0 is best"}
_WIDTH_BIAS = (
    "width_bias_px",
    "predicted less true width, px",
    "at points of the true centreline whose crack was found",
)
_CALIBRATION = {
    "ece": "expected calibration error (ECE)",
    "mce": "largest calibration error (MCE)",
    "brier": "Brier score",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: As in ``metrics.json``, without the split.
        label: In words.
        group: Of metrics that belong together.
        note: Empty, or what must be known to read it.
    """

    name: str
    label: str
    group: str = ""
    note: str = ""

    @property
    def unit(self) -> str:
        """As ``format_number`` takes it: ``px``, ``%`` for a share of pixels, empty for scores."""
        return split_unit(re.sub(r"_(mean|pooled)$", "", self.name))[1]

    @property
    def is_lower_better(self) -> bool:
        """True of errors and lengths, whose best value is 0 or the smallest."""
        return bool(_LOWER_IS_BETTER.match(self.name))

    @property
    def is_score(self) -> bool:
        """True where 1 is best, so that it can share an axis with others."""
        return not self.unit and not self.is_lower_better

    @property
    def short(self) -> str:
        """The label of a narrow column."""
        if tolerant := re.fullmatch(r"f1_tolerance_(\d+)px_pooled", self.name):
            return f"F1, {tolerant.group(1)} px"
        if thin := re.fullmatch(r"recall_tolerance_\d+px_(\w+)_pooled", self.name):
            return f"{thin.group(1)} recall"
        if self.name == "auc":
            return "AUC"
        plain = self.label.replace(" (Dice)", "").removeprefix("crack ")
        return plain.removesuffix(", pooled").removesuffix(" of photos")


def describe_metric(name: str) -> Metric:
    """Look a metric up.

    Args:
        name: As in ``metrics.json``, with or without the split.

    Returns:
        Its row of the table; a name that is not there is put into words.

    >>> describe_metric("test_f1_tolerance_2px_pooled").label
    'F1 with 2 px tolerance'
    >>> describe_metric("false_area_share").unit, describe_metric("hausdorff95_px_mean").unit
    ('%', 'px')
    """
    bare = _PREFIX.sub("", name)
    tolerance = _TOLERANCE.search(bare)
    known = _table(int(tolerance.group(1)) if tolerance else _LINE_PX)
    return known.get(bare) or Metric(bare, describe_name(bare))


def list_mask_metrics(tolerance_px: int) -> list[Metric]:
    """Metrics of masks in the order of reading, each once.

    Args:
        tolerance_px: The evaluation's tolerance.

    Returns:
        One a name of ``rate_masks``.
    """
    rows = {
        "pixels": _list_pixels(tolerance_px),
        "structure": _list_structure(),
        "crack width": _list_widths(tolerance_px),
        "false alarms": _list_false_alarms(tolerance_px),
        "width": [_WIDTH_BIAS],
    }
    metrics = (
        Metric(name, label, group, *note) for group, of in rows.items() for name, label, *note in of
    )
    return list(dict.fromkeys(metrics))


LABEL_METRICS = tuple(
    Metric(
        name,
        _LABELS.get(name, name.replace("_", " ")),
        "classification",
        _NOTES.get(name, ""),
    )
    for name in _OF_LABELS.split()
)
"""Metrics of labels in the order of reading."""


def describe_name(name: str) -> str:
    """Put the name of a number into words.

    >>> describe_name("test_f1_tolerance_2px_pooled"), describe_name("ece_after_scaling")
    ('F1 tolerance 2 px pooled', 'ECE after scaling')
    """
    bare = re.sub(r"^(test|validation)_", "", name).replace("a90_95", "a90/95")
    spaced = re.sub(r"(?<=\d)(px|mm)\b", r" \1", bare.replace("_", " "))
    words = [_WORDS.get(word, word) for word in spaced.split()]
    return capitalize(" ".join(words))


def capitalize(text: str) -> str:
    """Start a label with a capital, unless its first word is a symbol.

    >>> capitalize("crack IoU"), capitalize("clDice"), capitalize("a90")
    ('Crack IoU', 'clDice', 'a90')
    """
    first = re.split(r"[\s,:]", text, maxsplit=1)[0]
    is_symbol = first in _WORDS.values() or bool(re.match(r"[al]\d", first))
    return text if is_symbol else text[:1].upper() + text[1:]


@lru_cache
def _table(tolerance_px: int) -> dict[str, Metric]:
    calibration = (
        Metric(f"{name}{band}{after}", f"{label}{words}", "calibration")
        for (name, label), band, (after, words) in product(
            _CALIBRATION.items(),
            ("", "_band"),
            (("", ""), ("_after_temperature", " after scaling")),
        )
        if (name, band, after) != ("brier", "", "")
    )
    widths = (
        Metric(f"{kind}_tolerance_{tolerance_px}px", f"{label} at {tolerance_px} px", "crack width")
        for kind, label in _RATES
    )
    others = (
        Metric("a90_px", "a90: crack width detected in 9 of 10 cases, px", "crack width"),
        Metric("aurc", "mean risk over all coverages (AURC)", "calibration"),
        Metric("decision_threshold", "decision threshold"),
        Metric("temperature", "temperature", "calibration"),
    )
    rows = (*list_mask_metrics(tolerance_px), *LABEL_METRICS, *calibration, *widths, *others)
    return {row.name: row for row in rows}


def _list_pixels(tolerance_px: int) -> Iterator[tuple[str, ...]]:
    ends = (("", ""), ("_at_half", ", at 0.5"))
    for aggregation, words, more in (
        ("pooled", "pooled", (("f1", "F1 (Dice)"), ("iou", "crack IoU"))),
        ("mean", "mean of photos", (("dice", "Dice"), ("iou", "crack IoU"))),
    ):
        for (suffix, at), (name, label) in product(ends, (*_RATES[:2], *more)):
            yield (f"{name}{suffix}_{aggregation}", f"{label}, {words}{at}")
    yield ("dice_cracked_mean", "Dice, mean of cracked photos")
    for px, (name, label) in product((tolerance_px, _WIDE_PX), _RATES):
        yield (f"{name}_tolerance_{px}px_pooled", f"{label} with {px} px tolerance")
    for px in (tolerance_px, _WIDE_PX):
        yield (f"f1_tolerance_{px}px_mean", f"F1 with {px} px tolerance, mean of photos")
    yield ("average_precision_pooled", "average precision, pooled")
    yield (
        "auc_pooled",
        "area under ROC, pooled",
        "always high: most pixels are background that is told right",
    )
    yield ("ods_pooled", "ODS: F1 at the best threshold", _ON_TEST)
    yield ("ois_mean", "OIS: mean of photos, each at its best threshold", _ON_TEST)
    for name, aggregation in (("ods", "pooled"), ("ois", "mean")):
        yield (
            f"{name}_tolerance_{tolerance_px}px_{aggregation}",
            f"{name.upper()} with {tolerance_px} px tolerance",
            _ON_TEST,
        )
    yield (
        "miou_with_background_pooled",
        "mIoU with background",
        "for comparison only: an empty prediction reaches almost 0.5",
    )


def _list_structure() -> Iterator[tuple[str, ...]]:
    yield ("cldice_pooled", "clDice, pooled")
    yield ("cldice_mean", "clDice, mean of photos")
    yield (f"cliou_{_CLIOU_PX}px_pooled", f"clIoU with {_CLIOU_PX} px tolerance")
    for px, (name, label) in product((_LINE_PX, _WIDE_PX), _RATES):
        yield (
            f"centreline_{name}_tolerance_{px}px_pooled",
            f"{label} of centrelines with {px} px tolerance",
        )
    boundary, words = (
        f"boundary_f1_tolerance_{_BOUNDARY_PX}px",
        f"boundary F1 with {_BOUNDARY_PX} px",
    )
    yield (f"{boundary}_pooled", f"{words} tolerance, pooled")
    yield (f"{boundary}_mean", f"{words}, mean of photos")
    yield (
        "hausdorff95_px_mean",
        "Hausdorff distance, 95th percentile, px, mean of photos",
        "the photo's diagonal where one mask is empty",
    )


def _list_widths(tolerance_px: int) -> Iterator[tuple[str, ...]]:
    for (width, px), (kind, words) in product(WIDTH_WORDS.items(), _RATES[1:]):
        yield (
            f"{kind}_tolerance_{tolerance_px}px_{width}_pooled",
            f"{width} cracks ({px}), {words} at {tolerance_px} px",
            "of centrelines",
        )


def _list_false_alarms(tolerance_px: int) -> Iterator[tuple[str, ...]]:
    far = f"more than {tolerance_px} px from any true crack"
    yield (
        "false_length_px_per_megapixel",
        "false crack length, px per megapixel",
        f"predicted centreline {far}; that of a blob is short",
    )
    yield (
        "false_area_share",
        "falsely marked share of all pixels",
        f"predicted crack {far}",
    )
