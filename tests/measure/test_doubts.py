"""Doubts on drawn marks of known grey and form."""

import cv2
import numpy as np
import pytest

from crack_pipeline.measure import doubts
from crack_pipeline.measure.contrast import measure_surroundings
from crack_pipeline.measure.doubts import find_straight, list_doubts
from crack_pipeline.measure.network import CrackLine, CrackNetwork
from crack_pipeline.measure.widths import Stations

HEIGHT, WIDTH = 100, 200


def _network(points, half_width=2.0, shape=(HEIGHT, WIDTH)):
    points = np.asarray(points, float)
    mask = np.zeros(shape, np.uint8)
    for row, column in np.rint(points).astype(int):
        cv2.circle(mask, (column, row), int(half_width), 1, -1)
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    line = CrackLine(points, np.full(len(points), half_width), 2.0, 0, 1)
    return CrackNetwork(
        int(top),
        int(left),
        np.ascontiguousarray(mask[top : rows.max() + 1, left : columns.max() + 1]),
        points[[0, -1]],
        ("end", "end"),
        (line,),
        float(len(points)),
    )


def _stations(network, width_px=4.0, upper_px=4.0, middle=1.0):
    points = network.lines[0].points_px
    ones = np.ones(len(points))
    return Stations(
        np.zeros(len(points), np.int64),
        np.arange(len(points)) + 0.0,
        points,
        width_px * ones,
        upper_px * ones,
        middle * ones,
    )


def _row(first=20, last=180, row=50.0):
    columns = np.arange(first, last + 1.0)
    return np.stack([np.full_like(columns, row), columns], axis=1)


def _wave():
    columns = np.arange(20, 181.0)
    return np.stack([50 + 15 * np.sin(columns / 20), columns], axis=1)


def _marked(network):
    marked = np.zeros((HEIGHT, WIDTH), bool)
    rows, columns = network.mask.shape
    marked[network.top :, network.left :][:rows, :columns] = network.mask > 0
    return marked


def _photo(network, inside=90, left=180, right=180):
    photo = np.full((HEIGHT, WIDTH, 3), left, np.uint8)
    photo[HEIGHT // 2 :] = right
    photo[_marked(network)] = inside
    return photo


def _measure(photo, network, marked=None):
    marked = _marked(network) if marked is None else marked
    return measure_surroundings(photo, [network], [_stations(network)], marked)[0]


def _doubts(network, photo=None, mean_probability=0.95, **stations):
    around = None if photo is None else _measure(photo, network)
    along = _stations(network, **stations)
    return list_doubts(
        network,
        along,
        mean_probability=mean_probability,
        surroundings=around,
        is_straight=find_straight([network], [along], (HEIGHT, WIDTH))[0],
        photo_shape=(HEIGHT, WIDTH),
    )


def test_dark_wavy_crack_is_not_doubtful():
    network = _network(_wave())

    assert _doubts(network, _photo(network)) == ()
    assert _doubts(network) == ()


@pytest.mark.parametrize("inside", [178, 180, 230])
def test_mark_that_is_not_darker(inside):
    network = _network(_wave())

    assert _doubts(network, _photo(network, inside)) == (doubts.NOT_DARKER,)


def test_contrast_is_the_ratio_of_medians():
    network = _network(_wave())
    photo = _photo(network, 90, 180, 180)

    around = _measure(photo, network)

    assert (around.inside, around.outside, around.contrast) == (90, 180, 0.5)


def test_contrast_leaves_other_cracks_out():
    network, neighbour = _network(_row()), _network(_row(row=58.0))
    photo = _photo(network)
    marked = _marked(network) | _marked(neighbour)
    photo[_marked(neighbour)] = 10

    assert _measure(photo, network, marked).outside == 180


def test_edge_of_a_shadow_is_dark_on_one_side():
    network = _network(_row(40, 140))

    assert _doubts(network, _photo(network, inside=100, left=180, right=100)) == (
        doubts.ONE_SIDE_DARK,
    )
    assert _doubts(network, _photo(network, inside=60, left=180, right=100)) == ()


def test_mark_over_the_whole_photo_has_no_surroundings():
    network = _network(_row(0, WIDTH - 1), half_width=60)
    photo = np.full((HEIGHT, WIDTH, 3), 80, np.uint8)

    assert _measure(photo, network).contrast is None
    assert doubts.NOT_DARKER not in _doubts(network, photo)


def test_single_pixel():
    network = _network([[50.0, 50.0]], half_width=0.5)

    assert _measure(_photo(network), network).outside is None
    assert _doubts(network, _photo(network)) == ()


def test_straight_line_of_constant_width():
    assert _doubts(_network(_row(20, 150))) == (doubts.STRAIGHT,)
    assert _doubts(_network(_row(20, 130))) == ()


def test_slanting_straight_line_counts_by_the_extent_along_it():
    along = np.arange(0, 88.0)
    slanting = np.stack([15 + along * np.sin(1.0), 40 + along * np.cos(1.0)], axis=1)

    assert _doubts(_network(slanting)) == (doubts.STRAIGHT,)  # 74 of 100 rows


def test_straight_line_of_changing_width_is_no_joint():
    network = _network(_row())
    width = np.linspace(1, 9, len(network.lines[0].points_px))

    assert _doubts(network, width_px=width, upper_px=width) == ()


def test_straight_line_may_be_broken_into_several_cracks():
    networks = [_network(_row(20, 80)), _network(_row(100, 170)), _network(_row(60, 100, 70.0))]
    stations = [_stations(network) for network in networks]

    assert find_straight(networks, stations, (HEIGHT, WIDTH)) == [True, True, False]


def test_lines_that_cross_do_not_cover_a_straight_line():
    columns = range(10, 190, 12)
    networks = [_network(_row(60, 90))]
    networks += [_network(_row(30, 70)[:, ::-1] + np.array([0, column - 50])) for column in columns]
    stations = [_stations(network) for network in networks]

    assert not any(find_straight(networks, stations, (HEIGHT, WIDTH)))


def test_no_cracks_are_not_straight():
    assert find_straight([], [], (HEIGHT, WIDTH)) == []


@pytest.mark.parametrize(("probability", "expected"), [(0.69, (doubts.IMPROBABLE,)), (0.7, ())])
def test_mean_probability(probability, expected):
    assert _doubts(_network(_wave()), mean_probability=probability) == expected


def test_crack_at_the_border():
    assert _doubts(_network(_wave() - np.array([0, 18]))) == (doubts.AT_BORDER,)
    assert _doubts(_network(_wave() + np.array([0, 17]))) == (doubts.AT_BORDER,)


def test_wide_crack_with_an_unsure_middle():
    assert _doubts(_network(_wave()), upper_px=6.0) == (doubts.UNSURE_WIDTH,)
    few = np.where(np.arange(161) < 10, 6.0, 4.0)
    assert _doubts(_network(_wave()), upper_px=few) == ()
