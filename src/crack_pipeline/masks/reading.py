"""Read a mask, however it was stored, as {0, 1}: the one door for every mask."""

from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.errors import ImageReadError, MaskError
from crack_pipeline.images.raster import decode_raster
from crack_pipeline.images.reading import LARGEST_MEGAPIXELS, MAX_MEGAPIXELS, read_bytes
from crack_pipeline.masks.binarization import binarize_mask
from crack_pipeline.types import BinaryMask


@dataclass(frozen=True, slots=True)
class DecodedMask:
    """A mask and what was changed to get it.

    Attributes:
        mask: (H, W) uint8 of {0, 1}.
        mended: Names of the changes: "mask_1_bit", "mask_thresholded", ….
    """

    mask: BinaryMask
    mended: tuple[str, ...]


def read_mask(path: Path, *, max_megapixels: float = LARGEST_MEGAPIXELS) -> BinaryMask:
    """Read a mask file by the rule of ``masks.binarization``.

    Args:
        path: The file.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        (H, W) uint8, 1 is crack.

    Raises:
        MaskError: If the file cannot be read, or its values do not say what is crack.
    """
    try:
        return decode_mask(read_bytes(path), max_megapixels=max_megapixels).mask
    except (ImageReadError, MaskError) as error:
        raise MaskError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error


def decode_mask(data: bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> DecodedMask:
    """Decode a mask from its bytes.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        The mask, and what was mended.

    Raises:
        ImageReadError: If the bytes are no whole image.
        MaskError: If the values do not say what is crack.
    """
    raster = decode_raster(data, max_megapixels=max_megapixels)
    mask, mended = binarize_mask(raster.samples)
    from_mode = _MENDED_BY_MODE.get(raster.mode, ())
    return DecodedMask(mask, (*(f"mask_{name}" for name in raster.mended), *from_mode, *mended))


_MENDED_BY_MODE = {"1": ("mask_1_bit",), "P": ("mask_palette",), "PA": ("mask_palette",)}
