"""Test-time augmentation: a photo is seen from several sides, and the answers are averaged."""

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Views: TypeAlias = Literal["none", "flips", "dihedral"]
"""How a photo is turned for prediction: not at all; mirrored (4 views); mirrored and turned by
right angles (8 views)."""

MaskViews: TypeAlias = Views | Literal["zooms", "flips_zooms"]
"""For masks, also: as it is and at three quarters of its size (2 views); both mirrored (8)."""


class View(NamedTuple):
    """One of the eight symmetries of a square, at a size.

    Attributes:
        turns: Quarter turns.
        mirrored: Whether left and right are swapped before them.
        zoom: Size as a share of the photo's; below 1 a tile shows more around each pixel.
    """

    turns: int
    mirrored: bool
    zoom: float = 1.0


_FLIPS = (View(0, False), View(0, True), View(2, False), View(2, True))
_ZOOMS = (1.0, 0.75)

_VIEWS: dict[MaskViews, tuple[View, ...]] = {
    "none": (View(0, False),),
    "flips": _FLIPS,
    "dihedral": tuple(View(turns, mirrored) for turns in range(4) for mirrored in (False, True)),
    "zooms": tuple(View(0, False, zoom) for zoom in _ZOOMS),
    "flips_zooms": tuple(view._replace(zoom=zoom) for zoom in _ZOOMS for view in _FLIPS),
}


def list_views(name: MaskViews) -> tuple[View, ...]:
    """The views of a name, the photo as it is first."""
    return _VIEWS[name]


def apply_view(array: NDArray[Any], view: View, *, first_axis: int = 0) -> NDArray[Any]:
    """Turn photos; their size stays for the caller to change.

    Args:
        array: Any shape with height and width on two neighbouring axes.
        view: Which way.
        first_axis: The axis of the height: 0 of a photo, 1 of a batch.

    Returns:
        The turned array, height and width exchanged by an odd number of turns. No copy: what is
        written into it stands in ``array`` at its own place.

    >>> photo = np.zeros((2, 2), int)
    >>> apply_view(photo, View(turns=1, mirrored=False))[0, 0] = 7
    >>> photo
    array([[0, 7],
           [0, 0]])
    """
    axes = (first_axis, first_axis + 1)
    seen = np.flip(array, axes[1]) if view.mirrored else array
    return np.rot90(seen, view.turns, axes)
