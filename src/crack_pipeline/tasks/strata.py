"""Metrics of parts of the photos: by crack width, cracked share, source and surface."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.masks import MaskSums, list_mask_rates, rate_masks
from crack_pipeline.metrics.structure import STRATA, CentrelineCounts
from crack_pipeline.tasks.label_scores import LabelScores
from crack_pipeline.wording.metric_labels import WIDTH_WORDS

_SHARES = ((0.0, 0.01, "below 1 %"), (0.01, 0.05, "1 to 5 %"), (0.05, np.inf, "5 % and more"))
_NO_CRACK = "no crack"
_FALSE_ALARMS = ("false_length_px_per_megapixel", "false_area_share")
"""Metrics of crack-free photos: pooled, a score of them is 1, or 0 for one pixel."""

_Part = tuple[str, str, NDArray[np.bool_]]


def list_mask_strata(
    sums: MaskSums, rows: pd.DataFrame, *, index: int, tolerance_px: int
) -> list[dict[str, Any]]:
    """Metrics of masks, of each stratum that holds photos.

    Args:
        sums: Of N photos, (N, …), with centrelines.
        rows: Of the same photos, with ``source`` and ``surface`` where these are known.
        index: Of the decision threshold in the grid.
        tolerance_px: The evaluation's tolerance.

    Returns:
        JSON-ready: ``by``, ``stratum``, ``photos``, ``metrics``. By source and surface only where
        there are several.
    """
    table = list_mask_rates(tolerance_px)
    scores = (
        f"f1_tolerance_{tolerance_px}px_pooled",
        "f1_pooled",
        "cldice_pooled",
        "recall_pooled",
    )
    strata = [] if sums.lines is None else _list_widths(sums.lines, tolerance_px)
    for part in (*_split_by_share(sums), *_split_by_columns(rows)):
        names = _FALSE_ALARMS if part[1] == _NO_CRACK else scores
        rates = {name: table[name] for name in names}
        strata.append(_entry(part, rate_masks(sums.at(part[2]), rates, index=index)))
    return strata


def list_label_strata(scores: LabelScores, threshold: float) -> list[dict[str, Any]]:
    """Metrics of labels, by source and surface where there are several.

    Args:
        scores: Of N photos.
        threshold: Crack is predicted where the probability is ≥ it.

    Returns:
        JSON-ready, as ``list_mask_strata``.
    """
    strata = []
    for part in _split_by_columns(scores.rows):
        labels, probabilities = scores.labels[part[2]], scores.probabilities[part[2]]
        metrics = summarize_labels(labels, probabilities, threshold=threshold, prefix="part")
        names = ("f1", "recall", "specificity", "auc")
        kept = {name: metrics[f"part_{name}"] for name in names if f"part_{name}" in metrics}
        strata.append(_entry(part, kept))
    return strata


def _list_widths(lines: CentrelineCounts, tolerance_px: int) -> list[dict[str, Any]]:
    pooled = lines.pooled()
    recall, f1 = pooled.recall_by_width(), pooled.f1_by_width()
    return [
        _entry(
            ("crack width", WIDTH_WORDS[name], lines.truth_by_width[:, place] > 0),
            {
                f"recall_tolerance_{tolerance_px}px": float(recall[place]),
                f"f1_tolerance_{tolerance_px}px": float(f1[place]),
            },
        )
        for place, name in enumerate(STRATA)
        if pooled.truth_by_width[place] > 0
    ]


def _split_by_share(sums: MaskSums) -> Iterator[_Part]:
    crack = sums.near.crack.sum(axis=-1)
    share = crack / (crack + sums.near.background.sum(axis=-1))
    by = "share of cracked pixels"
    for low, high, name in _SHARES:
        chosen = (crack > 0) & (share >= low) & (share < high)
        if chosen.any():
            yield by, name, chosen
    if (crack == 0).any():
        yield by, _NO_CRACK, crack == 0


def _split_by_columns(rows: pd.DataFrame) -> Iterator[_Part]:
    for column in ("source", "surface"):
        if column in rows:
            values = rows[column].astype("string").fillna("unknown")
            names = sorted(values.unique())
            for name in names if len(names) > 1 else ():
                yield column, str(name), (values == name).to_numpy(bool)


def _entry(part: _Part, metrics: dict[str, float]) -> dict[str, Any]:
    by, stratum, chosen = part
    return {"by": by, "stratum": stratum, "photos": int(chosen.sum()), "metrics": metrics}
