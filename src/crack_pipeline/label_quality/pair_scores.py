"""One score and one reason per photo and mask: how unusual it is within the data set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.label_quality.pair_features import FEATURE_NAMES

Numbers = NDArray[np.float64]

_SIGMA_A_MAD = 1.4826
_USUAL = 1.0  # excess up to one robust standard deviation says nothing
_HALF_AT = 3.0
_MOST = 50.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong with a label.

    Attributes:
        name: What the report calls it.
        least_scale: Smallest robust standard deviation, in the check's unit: a data set whose
            values are all alike must not make a crumb an outlier.
        bad_side: Whether high or low values are bad.
    """

    name: str
    least_scale: float
    bad_side: Literal["high", "low"] = "high"


def measure_excess(values: ArrayLike, check: Check) -> Numbers:
    """Robust standard deviations by which each value lies on the bad side of the median.

    Args:
        values: (N,) numbers; NaN where the check says nothing of a photo.
        check: What they mean.

    Returns:
        (N,) ≥ 0; 0 up to one robust standard deviation, at most 50, and 0 for NaN.

    Source:
        Iglewicz, B., Hoaglin, D. (1993), How to Detect and Handle Outliers, ASQC Quality Press
        (the modified z-score).
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        return np.zeros(numbers.shape)
    median = float(np.median(known))
    scale = max(_SIGMA_A_MAD * float(np.median(np.abs(known - median))), check.least_scale)
    deviation = (numbers - median) / scale * (1.0 if check.bad_side == "high" else -1.0)
    excess = np.clip(deviation - _USUAL, 0.0, _MOST)
    return np.asarray(np.where(np.isfinite(numbers), excess, 0.0), np.float64)


def to_score(excess: ArrayLike) -> Numbers:
    """Map an excess to a score that means the same in every data set.

    Args:
        excess: (N,) ≥ 0, the sum over checks.

    Returns:
        (N,) in [0, 1): 0 for what is usual, 0.5 for an excess of three robust standard deviations.
    """
    numbers = np.asarray(excess, np.float64)
    return np.asarray(numbers / (numbers + _HALF_AT), np.float64)


CHECKS = (
    Check("shifted", least_scale=0.1),
    Check("too_wide", least_scale=0.1),
    Check("too_narrow", least_scale=0.1),
    Check("not_darker", least_scale=0.03),
    Check("share", least_scale=0.7),
    Check("unmasked_line", least_scale=0.05),
)
"""Checks and their scales: px of misfit (three times), probability, log-odds, diagonals."""

_FARTHEST_COUNTED_PX = 8.0
_LEAST_ODDS = 1e-4
_HALF = 0.5


def score_pairs(features: pd.DataFrame) -> pd.DataFrame:
    """Score every pair of a data set against the others.

    Args:
        features: One row a photo, columns ``FEATURE_NAMES``.

    Returns:
        The same index: ``score`` in [0, 1), 1 the worst; ``check``, the name of what weighs most,
        empty where nothing does; ``reason``, in words.
    """
    values = _values_of(features)
    excess = [measure_excess(values[check.name], check) for check in CHECKS]
    total = np.sum(excess, axis=0)
    heaviest = np.array([check.name for check in CHECKS])[np.argmax(excess, axis=0)]
    # Of a mask that covers most of a photo, all else follows from that.
    heaviest = np.where(features["masked_share"] > _HALF, "share", heaviest)
    checks = np.where(total > 0, heaviest, "")
    reasons = [
        _explain(check, row) for check, (_, row) in zip(checks, features.iterrows(), strict=True)
    ]
    return pd.DataFrame(
        {
            "score": to_score(total),
            "check": pd.array(checks, dtype="string"),
            "reason": pd.array(reasons, dtype="string"),
        },
        index=features.index,
    )


def _values_of(features: pd.DataFrame) -> Mapping[str, Numbers]:
    """Each check's number: (N,), NaN where it says nothing."""
    column = {name: features[name].to_numpy(np.float64) for name in FEATURE_NAMES}
    share = column["masked_share"]
    odds = np.clip(share, _LEAST_ODDS, 1 - _LEAST_ODDS)
    return {
        **_measure_misfit(column),
        "not_darker": 1.0 - column["darkness"],
        # An empty mask is a statement of its own, not a small one.
        "share": np.where(share > 0, np.log(odds / (1 - odds)), np.nan),
        "unmasked_line": column["unmasked_line"],
    }


def _measure_misfit(column: Mapping[str, Numbers]) -> Mapping[str, Numbers]:
    """How far the outline lies from where it fits, times the share of contrast lost by that.

    Too wide a mask gains by a shift as well, since one of its sides then fits: whichever of shift
    and offset gives the higher contrast is the explanation.
    """
    here, offset_px = column["edge_contrast"], column["offset_px"]
    by_shift = np.hypot(column["shift_dx_px"], column["shift_dy_px"])
    by_shift = by_shift * _lost_share(here, column["shift_contrast"])
    by_offset = np.abs(offset_px) * _lost_share(here, column["offset_contrast"])
    is_offset = column["offset_contrast"] >= column["shift_contrast"]
    misfit = np.minimum(np.where(is_offset, by_offset, by_shift), _FARTHEST_COUNTED_PX)
    nothing = np.where(np.isnan(here), np.nan, 0.0)
    return {
        "shifted": np.where(is_offset, nothing, misfit),
        "too_wide": np.where(is_offset & (offset_px < 0), misfit, nothing),
        "too_narrow": np.where(is_offset & (offset_px > 0), misfit, nothing),
    }


def _lost_share(here: Numbers, best: Numbers) -> Numbers:
    """Share of the best contrast that is missing, in [0, 1]; 0 where there is no contrast."""
    safe = np.where(best > 0, best, 1.0)
    return np.where(best > 0, np.clip((best - here) / safe, 0.0, 1.0), 0.0)


def _explain(check: str, row: "pd.Series[float]") -> str:
    if check == "shifted":
        move = f"({row['shift_dx_px']:+.0f}, {row['shift_dy_px']:+.0f}) px"
        return f"the mask fits better shifted by {move}"
    if check == "not_darker":
        brighter = row["darkness"] < _HALF
        return (
            "masked pixels are brighter than their surroundings"
            if brighter
            else f"masked pixels are hardly darker than their surroundings ({row['darkness']:.2f})"
        )
    if check == "too_wide":
        return f"wider than the dark line: its edge lies {-row['offset_px']:.0f} px inside"
    if check == "too_narrow":
        return f"narrower than the dark line: its edge lies {row['offset_px']:.0f} px outside"
    if check == "share":
        is_most = row["masked_share"] > _HALF
        guess = ", as if crack and background were exchanged" if is_most else ""
        return f"the mask covers {row['masked_share']:.0%} of the photo{guess}"
    if check == "unmasked_line":
        return f"a dark line that spans {row['unmasked_line']:.0%} of the photo is not masked"
    return ""
