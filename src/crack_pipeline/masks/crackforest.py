"""Masks of CrackForest: MATLAB files whose ``groundTruth`` numbers the regions of a photo.

Region 1 is background and 2 is crack. Some files hold pixels of regions 3 and 4 too, which the
data set's own text does not explain. They count as background here: several scripts that convert
these files take 2 alone for crack, and a pixel that is not clearly called crack is not made one.
How many there are is reported for each file, so that whoever wants to can look.

Source:
    https://github.com/cuilimeng/CrackForest-dataset and its issue 4, where the question is open.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.masks.decoded import DecodedMask
from crack_pipeline.masks.matlab import MatlabArray, MatlabFileError, find_variable
from crack_pipeline.masks.outlines import refuse_annotation

BACKGROUND, CRACK = 1, 2
STRAY = (3, 4)


def decode_crackforest(data: bytes) -> DecodedMask:
    """Decode the mask in a MATLAB file.

    Args:
        data: The file's bytes.

    Returns:
        The mask, of the size that the file has, and what was mended, with numbers of pixels in the
        note.

    Raises:
        MaskError: If the file is damaged, is stored as version 7.3, or holds no such regions.
    """
    try:
        regions = _find_regions(find_variable(data, "groundTruth"))
    except MatlabFileError as error:
        raise refuse_annotation(str(error)) from error
    found = np.unique(regions)
    known = (BACKGROUND, CRACK, *STRAY)
    odd = [value for value in found.tolist() if value not in known]
    if odd:
        values = ", ".join(f"{value:g}" for value in odd[:4])
        raise refuse_annotation(f"MATLAB file with regions other than 1 to 4: {values}")
    mask = (regions == CRACK).astype(np.uint8)
    stray = {value: int((regions == value).sum()) for value in STRAY if value in found}
    if not stray:
        return DecodedMask(mask, ())
    note = " and ".join(f"{n} pixels of region {value}" for value, n in stray.items())
    return DecodedMask(mask, ("mask_stray_regions",), f"{note} taken for background")


def _find_regions(truth: MatlabArray | None) -> NDArray[Any]:
    """Regions, (H, W), inside a 1×1 structure or a 1×1 cell that holds one."""
    if truth is None:
        raise refuse_annotation("MATLAB file without groundTruth")
    items = truth.items()
    fields = (items[0] if len(items) == 1 else truth).fields()
    if not fields:
        raise refuse_annotation("MATLAB file of another shape: groundTruth is no single structure")
    if "Segmentation" not in fields:
        raise refuse_annotation(
            f"MATLAB file without Segmentation: groundTruth has {', '.join(fields)}"
        )
    segmentation = fields["Segmentation"]
    regions = segmentation.numbers() if 0 not in segmentation.shape else None
    if regions is None or regions.ndim != 2:
        shape = "×".join(map(str, segmentation.shape))
        raise refuse_annotation(
            f"MATLAB file of another shape: Segmentation is no matrix of numbers but {shape}"
        )
    return regions
