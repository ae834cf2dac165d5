"""Array and unit aliases, so that signatures say what an array holds; paths that a user writes."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

RgbImage: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, channels red, green, blue, 0–255."""

GreyImage: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8 intensities, 0–255."""

BinaryMask: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8, 1 is crack, 0 is background."""

ProbabilityMap: TypeAlias = NDArray[np.float32]
"""(H, W) float32 crack probability in [0, 1]."""

ProbabilityLevels: TypeAlias = NDArray[np.uint16]
"""(H, W) uint16 crack probability as a share of :data:`LEVELS`, for large photos."""

LEVELS = 65_535
"""The level of probability 1 in maps of 16 bits."""

FlatImage: TypeAlias = NDArray[np.float32]
"""(H, W) float32, a photo without its shading, in units of its texture; negative is darker."""

SignedDistance: TypeAlias = NDArray[np.float32]
"""(H, W) float32, distance to a mask's outline in px, negative inside."""

Task: TypeAlias = str
"""Name of the task that a model is trained for, see :mod:`crack_pipeline.task_specs`."""

Split: TypeAlias = Literal["train", "validation", "test"]
"""The part of a data set that a photo belongs to."""

MaskFormat: TypeAlias = Literal["image", "yolo", "coco", "crackforest", "empty"]
"""How a mask is stored: an image; YOLO polygons in a text file; COCO annotations in a JSON file; a
MATLAB file of CrackForest; or nowhere, because the source says that the photo holds no crack."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def expand_home(path: Any) -> Any:
    """Replace ``~`` and ``~name`` at the beginning of a path by the folder that it stands for.

    Args:
        path: A path, or its text; anything else is left as it is.

    Returns:
        The path; as it is where no such user is known.

    Raises:
        ValueError: If the text is empty, which would mean the working directory.
    """
    if not isinstance(path, str | Path):
        return path
    if not str(path).strip():
        raise ValueError("must name a file or a folder, received nothing")
    with suppress(RuntimeError):
        return Path(path).expanduser()
    return path


UserPath: TypeAlias = Annotated[Path, BeforeValidator(expand_home)]
"""A path in parameters."""
