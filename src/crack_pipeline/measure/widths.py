"""Width of a crack at each station of its centreline, from the probabilities across it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Stations:
    """Places along the lines of one crack, about 1 px apart.

    Attributes:
        line: (S,) number of the line in ``CrackNetwork.lines``.
        along_px: (S,) distance from the line's start.
        points_px: (S, 2) row and column in the photo.
        width_px: (S,) width across the line; NaN where none is measured, near a junction, a free
            end or the border.
        upper_px: (S,) upper bound of a width whose middle is uncertain; elsewhere the width.
        middle: (S,) probability in the middle.
    """

    line: NDArray[np.int64]
    along_px: NDArray[np.float64]
    points_px: NDArray[np.float64]
    width_px: NDArray[np.float64]
    upper_px: NDArray[np.float64]
    middle: NDArray[np.float64]
