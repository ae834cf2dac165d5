import numpy as np
import pytest

from crack_pipeline.label_quality.pair_features import (
    find_best_shift,
    flatten_light,
    measure_signed_distance,
)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (5, 0), (0, -4), (-12, 9), (20, 20)])
def test_the_move_back_is_found(draw_pair, dx, dy):
    grey, mask = draw_pair(3)
    moved = np.roll(mask, (dy, dx), (0, 1))
    best = find_best_shift(flatten_light(grey), measure_signed_distance(moved))
    assert (best.dx_px, best.dy_px) == pytest.approx((-dx, -dy), abs=1)
    if (dx, dy) == (0, 0):
        assert best.contrast_here == pytest.approx(best.contrast, rel=0.05)
    else:
        assert best.contrast_here < 0.8 * best.contrast


def test_the_contrast_here_is_that_of_the_two_bands(draw_pair):
    grey, mask = draw_pair(4)
    flat, distance = flatten_light(grey), measure_signed_distance(mask)
    outer, inner = (distance > 0) & (distance <= 3), (distance < 0) & (distance >= -3)
    expected = flat[outer].mean() - flat[inner].mean()
    assert find_best_shift(flat, distance).contrast_here == pytest.approx(expected, abs=1e-3)
