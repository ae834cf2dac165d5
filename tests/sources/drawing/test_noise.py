"""Fields of noise and cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_pipeline.sources.drawing.noise import (
    draw_noise,
    draw_profile,
    draw_streaks,
    fade,
    scatter_cells,
)


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(20, 70),
    width=st.integers(20, 70),
    cell=st.floats(0.5, 300),
    octaves=st.integers(1, 6),
)
def test_noise_is_standardized_at_any_size(
    height: int, width: int, cell: float, octaves: int
) -> None:
    field = draw_noise(np.random.default_rng(0), (height, width), cell, octaves)
    assert field.shape == (height, width)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-3)
    assert field.std() == pytest.approx(1, abs=1e-3)


def test_streaks_are_long_in_their_direction() -> None:
    rng = np.random.default_rng(1)
    field = draw_streaks(rng, (120, 160), across_px=3, along_px=90, angle_rad=0.0)
    along, across = np.abs(np.diff(field, axis=1)).mean(), np.abs(np.diff(field, axis=0)).mean()
    assert across > 5 * along


def test_profile_is_smooth_over_a_cell() -> None:
    profile = draw_profile(np.random.default_rng(2), 2000, 40.0)
    assert profile.shape == (2000,)
    assert np.abs(np.diff(profile)).max() < 0.3
    assert 0.5 < profile.std() < 1.2


def test_cells_number_the_nearest_point() -> None:
    cells, distance, count = scatter_cells(np.random.default_rng(3), (40, 50), 5.0)
    assert cells.shape == distance.shape == (40, 50)
    assert cells.max() < count
    assert distance.max() < 2 * 5.0
    assert np.unique(cells).size > 60


def test_fade_goes_either_way() -> None:
    values = np.array([[0.0, 1.0, 2.0, 3.0, 4.0]], np.float32)
    assert fade(values, 1, 3).tolist() == [[0, 0, 0.5, 1, 1]]
    assert fade(values, 3, 1).tolist() == [[1, 1, 0.5, 0, 0]]
