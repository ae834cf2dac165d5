"""Array and unit aliases, so that signatures say what an array holds."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

RgbImage: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, channels red, green, blue, 0–255."""

GreyImage: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8 intensities, 0–255."""

BinaryMask: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8, 1 is crack, 0 is background."""

ProbabilityMap: TypeAlias = NDArray[np.float32]
"""(H, W) float32 crack probability in [0, 1]."""

Task: TypeAlias = Literal["segmentation", "classification"]
"""What a model is trained to do."""

Split: TypeAlias = Literal["train", "validation", "test"]
"""The part of a data set that a photo belongs to."""

TASKS: tuple[Task, ...] = ("segmentation", "classification")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
