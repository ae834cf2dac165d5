"""Write a repaired mask."""

from pathlib import Path

import cv2
import numpy as np

from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import BinaryMask


def write_mask(path: Path, mask: BinaryMask) -> None:
    """Write a mask as a PNG of one channel, 0 background and 255 crack.

    It is written aside and renamed, so that a half-written file is never read; a file that holds
    the same already is left alone.

    Args:
        path: Where to; folders are made.
        mask: (H, W) uint8 of {0, 1}.

    Raises:
        StorageError: If it cannot be written.
    """
    _, encoded = cv2.imencode(".png", mask * np.uint8(255))
    data = encoded.tobytes()
    rule = "Repaired masks are written beside the data set's tables, never into its raw folder."
    with explain_write_errors(rule, path.parent):
        if not (path.is_file() and path.read_bytes() == data):
            write_bytes_aside(path, data)
