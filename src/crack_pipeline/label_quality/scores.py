"""Score of each mask or label: how unusual it is within the data set, with a reason in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ManifestError, ShapeError
from crack_pipeline.label_quality.pair_features import FEATURE_NAMES
from crack_pipeline.types import BinaryMask, ProbabilityMap

Numbers = NDArray[np.float64]

_SIGMA_A_MAD = 1.4826
_USUAL = 1.0  # excess up to one robust standard deviation says nothing
_HALF_AT = 3.0
_MOST = 50.0


def measure_excess(values: ArrayLike, least_scale: float) -> Numbers:
    """Robust standard deviations by which each value lies above the median.

    Args:
        values: (N,) numbers; NaN where the check says nothing of a photo.
        least_scale: Smallest robust standard deviation, in the values' unit: a data set whose
            values are all alike must not make a crumb an outlier.

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
    scale = max(_SIGMA_A_MAD * float(np.median(np.abs(known - median))), least_scale)
    excess = np.clip((numbers - median) / scale - _USUAL, 0.0, _MOST)
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


MASK_CHECKS = {
    "shifted": 0.1,
    "too_wide": 0.1,
    "too_narrow": 0.1,
    "not_darker": 0.03,
    "share": 0.7,
    "unmasked_line": 0.05,
}
"""Least scale per check of a mask: px of misfit (three times), probability, log-odds, diagonals."""
PREDICTION_CHECKS = {"missed": 0.02, "unseen": 0.02, "contradicted": 0.02}
"""Least scale per check of a prediction: shares of the crack, and cleanlab's score."""

_REASONS = {
    "": "",
    "shifted": "the mask fits better shifted by ({shift_dx_px:+.0f}, {shift_dy_px:+.0f}) px",
    "too_wide": "wider than the dark line: its edge lies {distance_px:.0f} px inside",
    "too_narrow": "narrower than the dark line: its edge lies {distance_px:.0f} px outside",
    "brighter": "masked pixels are brighter than their surroundings",
    "not_darker": "masked pixels are hardly darker than their surroundings ({darkness:.2f})",
    "exchanged": "the mask covers {masked_share:.0%} of the photo, as if crack and background were "
    "exchanged",
    "share": "the mask covers {masked_share:.0%} of the photo",
    "unmasked_line": "a dark line that spans {unmasked_line:.0%} of the photo is not masked",
    "missed": "predicted crack is not masked, in one piece {missed_share:.0%} of the crack",
    "unseen": "masked crack is not predicted, in one piece {unseen_share:.0%} of the crack",
    "contradicted": "mask and prediction disagree (Dice {overlap:.2f})",
}


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
    excess = [measure_excess(values[name], scale) for name, scale in MASK_CHECKS.items()]
    heaviest = np.array(list(MASK_CHECKS))[np.argmax(excess, axis=0)]
    # Of a mask that covers most of a photo, all else follows from that.
    heaviest = np.where(features["masked_share"] > _HALF, "share", heaviest)
    return _explain(features, np.sum(excess, axis=0), heaviest)


def _explain(features: pd.DataFrame, excess: Numbers, heaviest: NDArray[np.str_]) -> pd.DataFrame:
    checks = np.where(excess > 0, heaviest, "")
    rows: list[Any] = features.to_dict("records")
    reasons = [_reason_of(check, row) for check, row in zip(checks, rows, strict=True)]
    return _table_of(to_score(excess), checks, reasons).set_index(features.index)


def _reason_of(check: str, row: Mapping[str, Any]) -> str:
    if check == "not_darker" and row["darkness"] < _HALF:
        check = "brighter"
    if check == "share" and row["masked_share"] > _HALF:
        check = "exchanged"
    return _REASONS[check].format(**row, distance_px=abs(row.get("offset_px", 0.0)))


def _table_of(score: Numbers, checks: Iterable[str], reasons: list[str]) -> pd.DataFrame:
    texts = {"check": list(checks), "reason": reasons}
    return pd.DataFrame({"score": score, **texts}).astype(dict.fromkeys(texts, "string"))


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


_CERTAIN = 0.5
_TOLERANCE_PX = 5
_SHRUNKEN_PX = 512
_LEAST_CRACK_PX = 50


@dataclass(frozen=True, slots=True)
class PredictionFeatures:
    """A mask against a prediction.

    Attributes:
        cleanlab: cleanlab's quality of the mask, in [0, 1]; low is bad.
        missed_share: Largest connected piece of predicted crack more than 5 px away from the mask,
            as a share of the crack (predicted or masked, whichever is more).
        unseen_share: Largest connected piece of masked crack more than 5 px away from predicted
            crack, as a share of the same.
        overlap: Dice of mask and prediction; 1 where both are empty.
    """

    cleanlab: float
    missed_share: float
    unseen_share: float
    overlap: float


def measure_prediction(probability: ProbabilityMap, mask: BinaryMask) -> PredictionFeatures:
    """Compare a prediction with a mask.

    Args:
        probability: (H, W) float32 in [0, 1].
        mask: (H, W) of {0, 1}.

    Returns:
        The measurements.

    Raises:
        ShapeError: If they differ in size.
    """
    if probability.shape != mask.shape:
        raise ShapeError(
            "A probability map must have the size of its mask.",
            received=f"map {probability.shape}, mask {mask.shape}",
            remedy="Run `kedro run --pipeline=cross_validate` again, with the manifest of now.",
        )
    predicted = (probability >= _CERTAIN).astype(np.uint8)
    n_masked, n_predicted = int(mask.sum()), int(predicted.sum())
    n_crack = max(n_masked, n_predicted, _LEAST_CRACK_PX)
    both = int((predicted & mask).sum())
    total = n_masked + n_predicted
    return PredictionFeatures(
        cleanlab=rate_with_cleanlab(probability, mask),
        missed_share=_largest_apart(predicted, mask) / n_crack,
        unseen_share=_largest_apart(mask, predicted) / n_crack,
        overlap=2 * both / total if total else 1.0,
    )


def rate_with_cleanlab(probability: ProbabilityMap, mask: BinaryMask) -> float:
    """Quality of a mask by cleanlab: the softmin of the probabilities of what it says.

    Args:
        probability: (H, W) float32 in [0, 1]; shrunken to at most 512 px, since the score is of
            the whole photo.
        mask: (H, W) of {0, 1}.

    Returns:
        A number in [0, 1]; low where many pixels are confidently contradicted.

    Source:
        Lad, V., Mueller, J. (2023), Estimating label quality and errors in semantic segmentation
        data via any model, https://arxiv.org/abs/2307.05080
    """
    # cleanlab takes seconds to import: only what has predictions pays for it.
    from cleanlab.segmentation.rank import get_label_quality_scores

    scale = min(1.0, _SHRUNKEN_PX / max(mask.shape))
    if scale < 1.0:
        size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
        smaller = cv2.resize(probability, size, interpolation=cv2.INTER_AREA)
        probability = np.asarray(smaller, np.float32)
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    both_classes = np.stack([1.0 - probability, probability])[None]
    scores, _ = get_label_quality_scores(
        mask.astype(np.int64)[None], both_classes, n_jobs=1, batch_size=1, verbose=False
    )
    return float(scores[0])


def _largest_apart(crack: BinaryMask, other: BinaryMask) -> int:
    """Pixels of the largest connected piece of one mask that lies away from the other."""
    side_px = 2 * _TOLERANCE_PX + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
    apart = np.where(cv2.dilate(other, disc) > 0, 0, crack).astype(np.uint8)
    _, _, pieces, _ = cv2.connectedComponentsWithStats(apart, connectivity=8)
    return int(pieces[1:, cv2.CC_STAT_AREA].max(initial=0))


def score_mask_predictions(features: pd.DataFrame) -> pd.DataFrame:
    """Score every mask of a data set against the others.

    Args:
        features: One row a photo, columns of ``PredictionFeatures``.

    Returns:
        The same index: ``score`` in [0, 1), 1 the worst; ``check``, the name of what weighs most,
        empty where nothing does; ``reason``, in words.
    """
    values = (features["missed_share"], features["unseen_share"], 1.0 - features["cleanlab"])
    excess = [
        measure_excess(value, scale)
        for value, scale in zip(values, PREDICTION_CHECKS.values(), strict=True)
    ]
    # A piece of crack tells more than a number for the whole photo, which it also lowers.
    specific = np.stack(excess[:2])
    names = np.array(list(PREDICTION_CHECKS))
    heaviest = np.where(specific.any(axis=0), names[specific.argmax(axis=0)], names[2])
    return _explain(features, np.sum(excess, axis=0), heaviest)


_NAMES = {0: "no crack", 1: "crack"}


def score_labels(labels: ArrayLike, probability: ArrayLike) -> pd.DataFrame:
    """Score labels with cleanlab: one minus the probability of the label itself.

    Confident learning decides which of them count as wrong: a label whose photo is predicted as
    the other class with more than that class's usual probability.

    Args:
        labels: (N,) of {0, 1}, both present.
        probability: (N,) crack probabilities in [0, 1].

    Returns:
        Index 0 … N − 1: ``score`` in [0, 1], 1 the worst; ``check``, ``wrong_label`` or empty;
        ``reason``, in words, empty where the prediction agrees.

    Raises:
        ManifestError: If only one class is present.

    Source:
        Northcutt, C., Jiang, L., Chuang, I. (2021), Confident learning: Estimating uncertainty in
        dataset labels, Journal of Artificial Intelligence Research 70,
        https://doi.org/10.1613/jair.1.12125
    """
    # cleanlab takes seconds to import: only what has predictions pays for it.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    given = np.asarray(labels).astype(np.int64)
    crack = np.asarray(probability, np.float64)
    if np.unique(given).size < 2:
        raise ManifestError(
            "Label scores need photos of both classes.",
            received=f"{given.size} photos with predictions, all of one class",
            remedy="Add photos of the other class.",
        )
    both_classes = np.stack([1.0 - crack, crack], axis=1)
    quality = get_label_quality_scores(given, both_classes, method="self_confidence")
    is_issue = find_label_issues(given, both_classes, n_jobs=1)
    reasons = [
        _explain_label(label, share) if issue or share_of_label < 0.5 else ""
        for label, share, issue, share_of_label in zip(given, crack, is_issue, quality, strict=True)
    ]
    checks = ["wrong_label" if reason else "" for reason in reasons]
    return _table_of(1.0 - np.asarray(quality, np.float64), checks, reasons)


def _explain_label(label: int, probability: float) -> str:
    other = 1 - label
    certainty = probability if other == 1 else 1.0 - probability
    return f"labelled {_NAMES[label]}, predicted {_NAMES[other]} ({certainty:.2f})"
