"""Tall sheets of photos, cut between their rows."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PAPER = 250
_LEAST_HEIGHT, _MOST_HEIGHT = 0.3, 0.67
"""Of a strip, in widths: what fits on a page of A4 across, with its caption."""


def cut_between_rows(sheet: Image.Image) -> list[Image.Image]:
    """Cut a sheet of rows of photos where the most white is between them.

    Args:
        sheet: Rows on white paper.

    Returns:
        Strips from top to bottom, as high as a page of A4 across allows; a row that is higher stays
        whole only if it has no white within. They put together are the sheet.
    """
    darkest = np.asarray(sheet.convert("L")).min(axis=1)
    is_white: NDArray[np.bool_] = np.asarray(darkest >= _PAPER, np.bool_)
    cuts = [0]
    while sheet.height - cuts[-1] > _MOST_HEIGHT * sheet.width:
        first = cuts[-1] + round(_LEAST_HEIGHT * sheet.width)
        last = cuts[-1] + round(_MOST_HEIGHT * sheet.width)
        cuts.append(_find_cut(is_white, first, min(last, sheet.height)))
    return [
        sheet.crop((0, top, sheet.width, bottom)) for top, bottom in pairwise([*cuts, sheet.height])
    ]


def _find_cut(is_white: NDArray[np.bool_], first: int, last: int) -> int:
    """Middle of the last of the widest white bands that begin in a range; its end without any."""
    edges = np.diff(np.concatenate([[0], is_white.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    inside = (starts > first) & (starts < last)
    if not inside.any():
        return last
    starts, ends = starts[inside], ends[inside]
    heights = ends - starts
    # Rows may lie a pixel apart from each other by rounding.
    place = np.flatnonzero(heights >= heights.max() - 2)[-1]
    return int(starts[place] + ends[place]) // 2
