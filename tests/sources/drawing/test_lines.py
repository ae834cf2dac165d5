"""Lines of varying width against geometry worked out by hand."""

import numpy as np
import pytest

from crack_pipeline.sources.drawing.lines import (
    cover_exactly,
    cover_line,
    find_normals,
    measure_distance,
    measure_from_line,
    resample,
)


def line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float32)


def test_distance_to_a_straight_line() -> None:
    distance = measure_distance(line((4, 10), (36, 10)), np.full(2, 6, np.float32), (20, 40))
    assert distance[10, 20] == pytest.approx(-3, abs=0.01)
    assert distance[13, 20] == pytest.approx(0, abs=0.01)
    assert distance[15, 20] == pytest.approx(2, abs=0.01)
    assert distance[0, 20] > 100


def test_width_changes_linearly_between_points() -> None:
    wedge = measure_distance(line((0, 20), (80, 20)), np.array([2, 10], np.float32), (40, 81))
    assert -wedge[20, 40] == pytest.approx(3, abs=0.05)


def test_one_pixel_wide_line_covers_one_row() -> None:
    cover = cover_line(line((-5, 7), (45, 7)), np.ones(2, np.float32), (15, 40))
    assert cover[7] == pytest.approx(1, abs=0.02)
    assert cover[6].max() < 0.02
    assert cover[8].max() < 0.02


def test_covered_area_is_that_of_the_stadium() -> None:
    cover = cover_line(line((10.3, 11.7), (50.1, 30.2)), np.full(2, 5, np.float32), (45, 60))
    length = np.hypot(50.1 - 10.3, 30.2 - 11.7)
    assert cover.sum() == pytest.approx(5 * length + np.pi * 2.5**2, rel=0.01)


def test_exact_coverage_is_that_of_the_stadium_where_lines_overlap_too() -> None:
    first = line((10.3, 11.7), (50.1, 30.2)), np.full(2, 5, np.float32)
    cover = cover_exactly([first, first], (45, 60))
    area = 5 * np.hypot(50.1 - 10.3, 30.2 - 11.7) + np.pi * 2.5**2
    assert cover.sum() == pytest.approx(area, rel=0.002)
    assert cover_exactly([], (4, 6)).sum() == 0
    beside = cover_exactly([(line((-3, -20), (-3, 60)), np.full(2, 8, np.float32))], (30, 30))
    np.testing.assert_allclose(beside[15, :3], [1, 0.5, 0], atol=0.04)


def test_what_lies_beside_the_photo_reaches_in() -> None:
    width = np.full(2, 8, np.float32)
    distance = measure_distance(line((-3, -20), (-3, 60)), width, (30, 30))
    assert distance[15, 0] == pytest.approx(-1, abs=0.01)
    assert distance[15, 2] == pytest.approx(1, abs=0.01)
    assert np.isfinite(measure_distance(line((-99, 0), (-99, 9)), width, (30, 30))).all()


def test_resampling_keeps_equal_distances() -> None:
    points = resample(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 9.5]]), spacing_px=0.5)
    assert points[0].tolist() == [0, 0]
    assert points[10].tolist() == pytest.approx([3, 4])
    assert len(points) == 21


def test_normals_stand_across() -> None:
    normals = find_normals(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    assert normals.tolist() == [[0, 1]] * 3


def test_signed_distance_from_a_line() -> None:
    across = measure_from_line((11, 21), np.array([10.0, 5.0]), 0.0)
    assert across[5].tolist() == [0] * 21
    assert across[8, 3] == pytest.approx(3)
    assert across[0, 3] == pytest.approx(-5)
