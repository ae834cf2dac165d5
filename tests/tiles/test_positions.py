from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.errors import ParameterError
from crack_pipeline.tiles.positions import tile_starts


def test_spreads_tiles_evenly_to_the_border():
    assert tile_starts(544, 256, 64) == [0, 144, 288]
    assert tile_starts(384, 256, 64) == [0, 128]


@pytest.mark.parametrize("length_px", [1, 100, 256])
def test_needs_one_tile_where_it_covers_the_side(length_px):
    assert tile_starts(length_px, 256, 64) == [0]


@given(
    length_px=st.integers(1, 3000), tile_px=st.integers(1, 300), overlap_share=st.floats(0, 0.99)
)
def test_covers_the_side_with_the_overlap_asked_for(length_px, tile_px, overlap_share):
    overlap_px = int(tile_px * overlap_share)
    starts = tile_starts(length_px, tile_px, overlap_px)
    steps = [after - before for before, after in pairwise(starts)]
    assert starts[0] == 0
    assert starts[-1] == max(0, length_px - tile_px)
    assert all(0 < step <= tile_px - overlap_px for step in steps)
    assert not steps or max(steps) - min(steps) <= 1


@pytest.mark.parametrize(
    ("length_px", "tile_px", "overlap_px"),
    [(0, 256, 64), (100, 0, 0), (500, 256, 256), (500, 256, -1)],
)
def test_refuses_lengths_without_meaning(length_px, tile_px, overlap_px):
    with pytest.raises(ParameterError, match="px"):
        tile_starts(length_px, tile_px, overlap_px)
