"""What a prediction out of fold says about a mask."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crack_pipeline.errors import ShapeError
from crack_pipeline.label_quality.out_of_fold import read_map
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
