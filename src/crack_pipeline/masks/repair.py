"""Mend a decoded mask by what its photo and its label say.

In this order: size and orientation, polarity, label. What is changed has a name in ``mended``; a
doubt that changes nothing has one of ``DOUBTS``.
"""

from dataclasses import replace

import cv2
import numpy as np

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.fitting import (
    AS_STORED,
    ORIENTATION_DOUBTFUL,
    Polarity,
    fit_mask,
    judge_polarity,
)
from crack_pipeline.masks.settings import DecodedMask, RepairSettings
from crack_pipeline.types import BinaryMask, GreyImage


def are_specks(mask: BinaryMask, settings: RepairSettings) -> bool:
    """True where a mask holds specks only.

    Args:
        mask: (H, W) uint8 of {0, 1}.
        settings: How large a speck may be, and what share of the photo all of them may cover.

    Returns:
        True for an empty mask too.
    """
    n_masked = int(np.count_nonzero(mask))
    if n_masked == 0:
        return True
    if n_masked > settings.max_speck_share * mask.size:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return bool(stats[1:, cv2.CC_STAT_AREA].max() <= settings.max_speck_px)


EMPTY_UNDER_LABEL_1 = "mask without crack under a label that says crack"
CRACK_UNDER_LABEL_0 = "mask with crack under a label that says none"

DOUBTS = frozenset({"mask_looks_inverted", "mask_polarity_doubtful", ORIENTATION_DOUBTFUL})
"""Names in ``mended`` that stand for a doubt: nothing was changed."""


def repair_mask(
    decoded: DecodedMask,
    lightness: GreyImage,
    *,
    label: int | None,
    orientation: int = AS_STORED,
    is_drawing: bool = False,
    settings: RepairSettings,
) -> DecodedMask:
    """Bring a mask into line with its photo and its label.

    Args:
        decoded: As it was read.
        lightness: (H, W) uint8 of the upright photo.
        label: What the source says: 1 crack, 0 none, None nothing.
        orientation: EXIF orientation that the photo was turned by, and the mask may be still to be.
        is_drawing: Whether the mask was drawn from polygons or classes, so that its polarity is
            known.
        settings: What is to be mended, and by which evidence.

    Returns:
        (H, W) mask, and all that was mended from its file on.

    Raises:
        MaskError: If the size cannot be mended exactly, or mask and label contradict each other.
    """
    mask, from_size = fit_mask(
        decoded.mask,
        lightness,
        orientation=orientation,
        has_own_orientation="mask_exif_orientation" in decoded.mended,
        settings=settings,
    )
    fitted = replace(decoded, mask=mask, mended=(*decoded.mended, *from_size))
    if not is_drawing and settings.polarity != "ignore":
        fitted = _mend_polarity(fitted, lightness, label, settings)
    return _agree_with_label(fitted, label, settings)


def _mend_polarity(
    decoded: DecodedMask, lightness: GreyImage, label: int | None, settings: RepairSettings
) -> DecodedMask:
    polarity = judge_polarity(decoded.mask, lightness, label=label, settings=settings)
    if polarity is Polarity.USUAL:
        return decoded
    if polarity is Polarity.DOUBTFUL:
        return _add(decoded, "mask_polarity_doubtful")
    if settings.polarity == "report":
        return _add(decoded, "mask_looks_inverted")
    return _add(replace(decoded, mask=1 - decoded.mask), "mask_inverted")


def _agree_with_label(
    decoded: DecodedMask, label: int | None, settings: RepairSettings
) -> DecodedMask:
    if label is None:
        return decoded
    n_masked = int(np.count_nonzero(decoded.mask))
    if label == 1 and n_masked == 0:
        raise _contradict(EMPTY_UNDER_LABEL_1)
    if label == 1 or n_masked == 0:
        return decoded
    if not are_specks(decoded.mask, settings):
        raise _contradict(f"{CRACK_UNDER_LABEL_0}: {n_masked} of {decoded.mask.size} px")
    cleared = replace(decoded, mask=np.zeros_like(decoded.mask))
    return _add(cleared, "mask_specks_cleared", f"{n_masked} px in specks cleared")


def _add(decoded: DecodedMask, name: str, note: str = "") -> DecodedMask:
    notes = "; ".join(filter(None, (decoded.note, note)))
    return replace(decoded, mended=(*decoded.mended, name), note=notes)


def _contradict(received: str) -> MaskError:
    return MaskError(
        "Mask and label of a photo must agree.",
        received=received,
        remedy="Correct whichever is wrong.",
    )
