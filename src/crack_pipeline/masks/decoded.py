"""The result of reading a mask, for all formats."""

from dataclasses import dataclass

from crack_pipeline.types import BinaryMask


@dataclass(frozen=True, slots=True)
class DecodedMask:
    """A mask and what was changed to get it.

    Attributes:
        mask: (H, W) uint8 of {0, 1}.
        mended: Names of the changes: "mask_1_bit", "mask_thresholded", ….
        note: The figures behind them, such as how many pixels lay between background and crack;
            empty where there are none.
    """

    mask: BinaryMask
    mended: tuple[str, ...]
    note: str = ""
