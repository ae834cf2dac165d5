"""The centreline of each crack as a network of smoothed lines between ends and junctions."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.types import BinaryMask

NodeKind: TypeAlias = Literal["end", "junction", "border"]
"""A free end, a place where three or more lines meet, or an end at the photo's border."""


@dataclass(frozen=True, slots=True, eq=False)
class CrackLine:
    """One stretch of a centreline between two nodes, or a ring.

    Attributes:
        points_px: (N, 2) float64 row and column in the photo, about 1 px apart; the centre of the
            first pixel is (0, 0).
        half_width_px: (N,) float64 half of the mask's width there.
        smoothing_px: Largest σ of the Gaussian that smoothed it.
        start: Number of the node that it leaves; −1 for a ring without a node.
        end: Number of the node that it reaches.
    """

    points_px: NDArray[np.float64]
    half_width_px: NDArray[np.float64]
    smoothing_px: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class CrackNetwork:
    """One crack: what hangs together, with its branches.

    Attributes:
        top: First row of its bounding box in the photo.
        left: First column of it.
        mask: (h, w) of {0, 1}, its own pixels in the box.
        nodes_px: (K, 2) float64 row and column in the photo.
        kinds: K kinds.
        lines: Its lines.
        length_px: From tip to tip, half the width added at each free end; of a network the sum.
    """

    top: int
    left: int
    mask: BinaryMask
    nodes_px: NDArray[np.float64]
    kinds: tuple[NodeKind, ...]
    lines: tuple[CrackLine, ...]
    length_px: float
