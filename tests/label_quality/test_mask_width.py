import numpy as np
import pytest

from crack_pipeline.label_quality.pair_features import measure_signed_distance, measure_widths


def _draw_bar(width_px: float, angle_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """A dark bar across the middle at an angle, and each pixel's distance from its axis."""
    rows, columns = np.mgrid[:200, :300]
    angle = np.radians(angle_deg)
    distance = np.abs((columns - 150) * np.sin(angle) - (rows - 100) * np.cos(angle))
    return np.where(distance < width_px / 2, 60, 180).astype(np.uint8), distance


@pytest.mark.parametrize("angle_deg", [0, 30, 45, 90])
@pytest.mark.parametrize("width_px", [3, 5, 9, 15])
def test_a_bar_with_a_mask_two_px_wider_on_each_side(width_px, angle_deg):
    grey, from_axis = _draw_bar(width_px, angle_deg)
    mask = (from_axis < width_px / 2 + 2).astype(np.uint8)
    mask_px, line_px = measure_widths(grey, mask, measure_signed_distance(mask))
    assert line_px == pytest.approx(width_px, abs=0.8)
    assert mask_px == pytest.approx(width_px + 4, abs=1.0)


def test_no_line_under_the_mask_has_no_width():
    mask = np.zeros((60, 80), np.uint8)
    mask[30:35] = 1
    mask_px, line_px = measure_widths(
        np.full((60, 80), 120, np.uint8), mask, measure_signed_distance(mask)
    )
    assert mask_px == pytest.approx(5, abs=0.6)
    assert np.isnan(line_px)


def test_a_mask_of_one_pixel_passes():
    mask = np.zeros((30, 30), np.uint8)
    mask[15, 15] = 1
    mask_px, _line_px = measure_widths(
        np.zeros((30, 30), np.uint8), mask, measure_signed_distance(mask)
    )
    assert mask_px == pytest.approx(1, abs=0.6)
