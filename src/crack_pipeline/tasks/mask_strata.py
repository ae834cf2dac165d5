"""The same metrics on parts of the photos: by crack width, cracked share, source and surface."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.structure import STRATA
from crack_pipeline.tasks.mask_rates import rate_masks
from crack_pipeline.tasks.mask_sums import MaskSums
from crack_pipeline.wording.metric_labels import WIDTH_WORDS

_SHARES = ((0.0, 0.01, "below 1 %"), (0.01, 0.05, "1 to 5 %"), (0.05, np.inf, "5 % and more"))
_NO_CRACK = "no crack"
_FALSE_ALARMS = ("false_length_px_per_megapixel", "false_area_share")
"""What says something of crack-free photos: pooled, a score of them is 1, or 0 for one pixel."""


def list_strata(
    sums: MaskSums, rows: pd.DataFrame, *, index: int, tolerance_px: int
) -> list[dict[str, Any]]:
    """Metrics of each stratum that holds photos.

    Args:
        sums: Of N photos, (N, …).
        rows: Of the same photos, with ``source`` and ``surface`` where these are known.
        index: Of the decision threshold in the grid.
        tolerance_px: The evaluation's tolerance.

    Returns:
        JSON-ready: ``by``, ``stratum``, ``photos``, ``metrics``. By source and surface only where
        there are several.
    """
    strata = _list_widths(sums, tolerance_px)
    scores = (
        f"f1_tolerance_{tolerance_px}px_pooled",
        "f1_pooled",
        "cldice_pooled",
        "recall_pooled",
    )
    for by, stratum, chosen in (
        *_split_by_share(sums),
        *_split_by_column(rows, "source"),
        *_split_by_column(rows, "surface"),
    ):
        part = rate_masks(sums.select(chosen).pooled(), index=index, tolerance_px=tolerance_px)
        names = _FALSE_ALARMS if stratum == _NO_CRACK else scores
        strata.append(_entry(by, stratum, chosen, {name: float(part[name]) for name in names}))
    return strata


def _list_widths(sums: MaskSums, tolerance_px: int) -> list[dict[str, Any]]:
    pooled = sums.lines.pooled()
    recall, f1 = pooled.recall_by_width(), pooled.f1_by_width()
    return [
        _entry(
            "crack width",
            WIDTH_WORDS[name],
            sums.lines.truth_by_width[:, place] > 0,
            {
                f"recall_tolerance_{tolerance_px}px": float(recall[place]),
                f"f1_tolerance_{tolerance_px}px": float(f1[place]),
            },
        )
        for place, name in enumerate(STRATA)
        if pooled.truth_by_width[place] > 0
    ]


def _split_by_share(sums: MaskSums) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    crack = sums.near.crack.sum(axis=-1)
    share = crack / (crack + sums.near.background.sum(axis=-1))
    by = "share of cracked pixels"
    for low, high, name in _SHARES:
        chosen = (crack > 0) & (share >= low) & (share < high)
        if chosen.any():
            yield by, name, chosen
    if (crack == 0).any():
        yield by, _NO_CRACK, crack == 0


def _split_by_column(
    rows: pd.DataFrame, column: str
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    if column not in rows:
        return
    values = rows[column].astype("string").fillna("unknown")
    names = sorted(values.unique())
    if len(names) > 1:
        for name in names:
            yield column, str(name), (values == name).to_numpy(bool)


def _entry(
    by: str, stratum: str, chosen: NDArray[np.bool_], metrics: dict[str, float]
) -> dict[str, Any]:
    return {"by": by, "stratum": stratum, "photos": int(chosen.sum()), "metrics": metrics}
