"""One score and one reason per mask and per label, from predictions out of fold."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crack_pipeline.errors import ManifestError, ShapeError
from crack_pipeline.label_quality.out_of_fold import read_map
from crack_pipeline.label_quality.pair_scores import Check, measure_excess, to_score
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.types import BinaryMask, ProbabilityMap

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


def measure_prediction_files(map_path: Path, mask_path: Path) -> PredictionFeatures:
    """Read a map and a mask and compare them.

    Args:
        map_path: The probability map.
        mask_path: The mask.

    Returns:
        The measurements.

    Raises:
        ImageReadError: If the map cannot be read.
        MaskError: If the mask cannot be read.
        ShapeError: If they differ in size.
    """
    return measure_prediction(read_map(map_path), read_mask(mask_path))


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


CHECKS = (
    Check("missed", least_scale=0.02),
    Check("unseen", least_scale=0.02),
    Check("contradicted", least_scale=0.02),
)
"""Checks and their scales: shares of the crack, and cleanlab's score."""


def score_mask_predictions(features: pd.DataFrame) -> pd.DataFrame:
    """Score every mask of a data set against the others.

    Args:
        features: One row a photo, columns of ``PredictionFeatures``.

    Returns:
        The same index: ``score`` in [0, 1), 1 the worst; ``check``, the name of what weighs most,
        empty where nothing does; ``reason``, in words.
    """
    values = (features["missed_share"], features["unseen_share"], 1.0 - features["cleanlab"])
    excess = [measure_excess(value, check) for check, value in zip(CHECKS, values, strict=True)]
    total = np.sum(excess, axis=0)
    # A piece of crack tells more than a number for the whole photo, which it also lowers.
    specific = np.stack(excess[:2])
    names = np.array([check.name for check in CHECKS])
    heaviest = np.where(specific.any(axis=0), names[specific.argmax(axis=0)], names[2])
    checks = np.where(total > 0, heaviest, "")
    reasons = [
        _explain_mask(check, row)
        for check, (_, row) in zip(checks, features.iterrows(), strict=True)
    ]
    return pd.DataFrame(
        {
            "score": to_score(total),
            "check": pd.array(checks, dtype="string"),
            "reason": pd.array(reasons, dtype="string"),
        },
        index=features.index,
    )


def _explain_mask(check: str, row: "pd.Series[float]") -> str:
    if check == "missed":
        return f"predicted crack is not masked, in one piece {row['missed_share']:.0%} of the crack"
    if check == "unseen":
        return f"masked crack is not predicted, in one piece {row['unseen_share']:.0%} of the crack"
    if check == "contradicted":
        return f"mask and prediction disagree (Dice {row['overlap']:.2f})"
    return ""


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
    return pd.DataFrame(
        {
            "score": 1.0 - np.asarray(quality, np.float64),
            "check": pd.array(["wrong_label" if reason else "" for reason in reasons], "string"),
            "reason": pd.array(reasons, dtype="string"),
        }
    )


def _explain_label(label: int, probability: float) -> str:
    other = 1 - label
    certainty = probability if other == 1 else 1.0 - probability
    return f"labelled {_NAMES[label]}, predicted {_NAMES[other]} ({certainty:.2f})"
