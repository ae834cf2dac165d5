"""Where tiles begin along one side of a photo."""

import math

from crack_pipeline.errors import ParameterError


def tile_starts(length_px: int, tile_px: int, overlap_px: int) -> list[int]:
    """Spread tiles evenly over one side of a photo.

    The first tile begins at 0 and the last one ends at the border; the tiles between them are
    spread evenly, so that neighbours overlap by at least ``overlap_px`` with as few tiles as
    that allows. A side no longer than a tile has the one start 0: the reader pads it.

    Args:
        length_px: Length of the side in pixels, ≥ 1.
        tile_px: Side of a tile in pixels, ≥ 1.
        overlap_px: Least overlap of neighbouring tiles in pixels, in [0, tile_px).

    Returns:
        Strictly increasing starts in pixels; every pixel of the side lies in a tile.

    Raises:
        ParameterError: If a length is not positive or the overlap leaves no step.
    """
    _check_lengths(length_px, tile_px, overlap_px)
    if length_px <= tile_px:
        return [0]
    free_px = length_px - tile_px
    steps = math.ceil(free_px / (tile_px - overlap_px))
    # Whole numbers rounded half up: the same on every machine.
    return [(2 * free_px * step + steps) // (2 * steps) for step in range(steps + 1)]


def _check_lengths(length_px: int, tile_px: int, overlap_px: int) -> None:
    if length_px < 1 or tile_px < 1:
        raise ParameterError(
            "`length_px` and `tile_px` must be at least 1 px.",
            received=f"length_px={length_px}, tile_px={tile_px}",
            remedy="Give the size of a photo and of a tile in pixels.",
        )
    if not 0 <= overlap_px < tile_px:
        raise ParameterError(
            "`overlap_px` must be at least 0 and smaller than `tile_px`.",
            received=f"overlap_px={overlap_px}, tile_px={tile_px}",
            remedy="Lower the overlap, or enlarge the tile.",
        )
