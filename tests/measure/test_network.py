"""Centrelines of drawn cracks against lengths, ends and junctions worked out by hand."""

import numpy as np
import pytest
from skimage.morphology import skeletonize

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure import skeletons
from crack_pipeline.measure.network import trace_cracks


def draw_blank(height=80, width=120):
    return np.zeros((height, width), np.uint8)


def draw_band(mask, start, stop, width_px):
    """Pixels within half the width of a segment, with round caps."""
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    step = np.subtract(stop, start, dtype=float)
    along = ((rows - start[0]) * step[0] + (columns - start[1]) * step[1]) / (step @ step)
    along = np.clip(along, 0, 1)
    away = np.hypot(rows - start[0] - along * step[0], columns - start[1] - along * step[1])
    mask[away <= width_px / 2] = 1
    return mask


def describe(network):
    return *map(network.kinds.count, ("end", "junction", "border")), network.loops


def test_no_crack_has_no_network():
    assert trace_cracks(draw_blank()) == []


@pytest.mark.parametrize("shape", [(0, 5), (4, 4, 1), (7,)])
def test_what_is_no_mask_is_refused(shape):
    with pytest.raises(ShapeError):
        trace_cracks(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("gap", [-1.0, np.nan, np.inf])
def test_a_gap_is_a_finite_length(gap):
    with pytest.raises(ParameterError, match="max_gap_px"):
        trace_cracks(draw_blank(), max_gap_px=gap)


def test_a_pixel_is_a_pixel_long():
    mask = draw_blank()
    mask[7, 9] = 1
    (network,) = trace_cracks(mask)
    assert network.length_px == pytest.approx(1, abs=0.1)
    assert (network.top, network.left, network.mask.tolist()) == (7, 9, [[1]])


@pytest.mark.parametrize(
    ("shape", "length"), [((1, 1), 1), ((1, 30), 30), ((30, 1), 30), ((40, 90), 90)]
)
def test_a_photo_of_nothing_but_crack_is_one_line_from_border_to_border(shape, length):
    (network,) = trace_cracks(np.ones(shape, np.uint8))
    assert describe(network) == (0, 0, 2, 0)
    assert network.length_px == pytest.approx(length, abs=1)


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_a_bar_is_as_long_as_its_pixels(width):
    mask = draw_blank()
    mask[30 : 30 + width, 10:90] = 1
    (network,) = trace_cracks(mask)
    assert network.length_px == pytest.approx(80, abs=0.5)
    assert describe(network) == (2, 0, 0, 0)
    columns = np.sort(network.lines[0].points_px[[0, -1], 1])
    assert columns == pytest.approx([10 + width / 2, 89 - width / 2], abs=1)


@pytest.mark.parametrize("width", [2.0, 5.0, 10.0])
@pytest.mark.parametrize("degrees", [0, 13, 45, 70])
def test_a_straight_crack_is_measured_to_its_tips_at_any_angle(width, degrees):
    reach = 80 * np.array([np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))])
    mask = draw_band(draw_blank(120, 120), (15.3, 15.8), np.add(reach, (15.3, 15.8)), width)
    (network,) = trace_cracks(mask)
    assert network.length_px == pytest.approx(80 + width, rel=0.01, abs=1)


def test_no_half_width_is_added_at_the_photos_border():
    mask = draw_blank()
    mask[30:36, :50] = 1
    (network,) = trace_cracks(mask)
    assert describe(network) == (1, 0, 1, 0)
    assert network.length_px == pytest.approx(50, abs=0.5)
    border = network.nodes_px[network.kinds.index("border")]
    assert border == pytest.approx([32.5, -0.5], abs=0.6)


def test_a_wide_crack_that_the_border_cuts_ends_there_and_not_in_a_corner():
    mask = draw_band(draw_blank(), (5, 30), (120, 70), 24)
    (network,) = trace_cracks(mask)
    assert describe(network) == (0, 0, 2, 0)
    assert network.length_px == pytest.approx(80 / np.cos(np.arctan(40 / 115)), rel=0.05)


@pytest.mark.parametrize(("width", "degrees"), [(6, 25), (10, 32), (15, 35), (20, 41)])
def test_a_line_that_the_border_cuts_obliquely_ends_in_the_middle_of_the_cut(width, degrees):
    mask, angle = draw_blank(260, 200), np.deg2rad(degrees)
    way = np.array([np.cos(angle), np.sin(angle)])  # at this angle to the left border
    cut = np.array([80, -0.5])
    draw_band(mask, cut - 60 * way, cut + 140 * way, width)
    (network,) = trace_cracks(mask)
    assert describe(network) == (1, 0, 1, 0)
    assert network.nodes_px[network.kinds.index("border")] == pytest.approx(cut, abs=1)
    assert network.length_px == pytest.approx(140 + width / 2, abs=2.4)


@pytest.mark.parametrize(("gap", "kinds"), [(0, ("border", "end")), (4, ("end", "end"))])
def test_only_what_reaches_the_border_ends_there(gap, kinds):
    (network,) = trace_cracks(draw_band(draw_blank(80, 200), (40, gap + 15), (40, 150), 30))
    assert network.kinds == kinds
    assert network.length_px == pytest.approx(165.5 - gap, abs=1.5)


def test_a_wide_crack_full_of_holes_keeps_its_line_within_it():
    mask = draw_band(draw_blank(300, 300), (40, 20), (40, 240), 40)
    draw_band(mask, (40, 240), (260, 240), 40)
    rng = np.random.default_rng(0)
    for row, column in [*rng.integers((28, 30), (50, 240), (12, 2)), (60, 236), (90, 244)]:
        mask[row : row + 4, column : column + 4] = 0
    (network,) = trace_cracks(mask)
    points = np.concatenate([line.points_px for line in network.lines])
    rows, columns = points.T
    assert (np.minimum(abs(rows - 40), abs(columns - 240)) < 20).all()
    assert np.ptp(columns) > 180
    assert np.ptp(rows) > 180


def test_a_diagonal_is_measured_in_full_though_thinning_eats_it():
    mask = draw_blank()
    for step in range(60):
        mask[10 + step, 10 + step : 12 + step] = 1
    (network,) = trace_cracks(mask)
    assert network.length_px == pytest.approx(60 * np.sqrt(2), abs=1.5)


@pytest.mark.parametrize(("low", "high"), [(-6, 1), (-6, 5), (-6, 7)])
def test_a_wide_diagonal_of_which_thinning_leaves_a_pixel_is_measured_in_full(low, high):
    rows, columns = np.mgrid[:160, :160]
    aside, along = columns - rows, rows + columns
    mask = (aside >= low) & (aside <= high) & (along >= 100) & (along <= 220)
    assert np.count_nonzero(skeletonize(mask)) == 1
    (network,) = trace_cracks(mask.astype(np.uint8))
    assert describe(network) == (2, 0, 0, 0)
    assert network.length_px == pytest.approx(120 / np.sqrt(2), abs=2)


def test_a_ring_is_one_line_without_nodes():
    rows, columns = np.mgrid[:100, :100]
    away = np.hypot(rows - 50, columns - 50)
    mask = ((away > 28) & (away < 32)).astype(np.uint8)
    (network,) = trace_cracks(mask)
    assert describe(network) == (0, 0, 0, 1)
    assert network.length_px == pytest.approx(2 * np.pi * 30, rel=0.01)
    assert (network.lines[0].start, network.lines[0].end) == (-1, -1)
    assert network.lines[0].points_px[0] == pytest.approx(network.lines[0].points_px[-1])


@pytest.mark.parametrize("width", [2.0, 4.0, 9.0])
@pytest.mark.parametrize("degrees", [50, 70, 90])
def test_a_cross_has_one_junction(width, degrees):
    mask = draw_blank(160, 160)
    for angle in (10, 10 + degrees):
        reach = 60 * np.array([np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
        draw_band(mask, 80 - reach, 80 + reach, width)
    (network,) = trace_cracks(mask)
    assert describe(network) == (4, 1, 0, 0)
    assert network.length_px == pytest.approx(2 * (120 + width), rel=0.03, abs=width / 2)
    assert network.nodes_px[network.kinds.index("junction")] == pytest.approx([80, 80], abs=1.5)


def test_a_star_sums_its_arms():
    mask = draw_blank(140, 140)
    for angle in np.deg2rad(np.arange(5) * 72 + 9):
        draw_band(mask, (70, 70), (70 + 60 * np.sin(angle), 70 + 60 * np.cos(angle)), 3)
    (network,) = trace_cracks(mask)
    assert describe(network) == (5, 1, 0, 0)
    assert network.length_px == pytest.approx(5 * 61.5, rel=0.03)


def test_a_side_branch_counts_and_a_bump_does_not():
    mask = draw_blank()
    mask[40:46, 10:110] = 1
    mask[38:40, 30:33] = 1
    (bumped,) = trace_cracks(mask)
    mask[25:40, 70:73] = 1
    (branched,) = trace_cracks(mask)
    assert describe(bumped) == (2, 0, 0, 0)
    assert describe(branched) == (3, 1, 0, 0)
    # From the centreline, 3 px inside the bar, to the branch's tip.
    assert branched.length_px - bumped.length_px == pytest.approx(18, abs=1.5)


def test_a_window_frame_has_loops():
    mask = draw_blank(100, 100)
    mask[10:90, 10:90] = 1
    mask[13:48, 13:87] = mask[51:87, 13:87] = 0
    (network,) = trace_cracks(mask)
    assert describe(network) == (0, 2, 0, 2)
    assert network.length_px == pytest.approx(4 * 77 + 77, rel=0.03)


def test_a_pinhole_is_no_loop():
    mask = draw_blank()
    mask[40:45, 10:110] = 1
    mask[42, 60:62] = 0
    (network,) = trace_cracks(mask)
    assert describe(network) == (2, 0, 0, 0)
    assert network.length_px == pytest.approx(100, abs=1)


def test_a_gap_between_aligned_ends_is_bridged():
    mask = draw_blank()
    mask[40:43, 10:50] = 1
    mask[41:44, 58:110] = 1
    (network,) = trace_cracks(mask)
    assert describe(network) == (2, 0, 0, 0)
    assert len(network.lines) == 1
    assert network.length_px == pytest.approx(100, abs=1)
    assert network.mask.sum() == mask.sum()
    assert len(trace_cracks(mask, max_gap_px=7)) == 2
    assert len(trace_cracks(mask, max_gap_px=0)) == 2


def test_ends_side_by_side_are_not_bridged():
    mask = draw_blank()
    mask[30:33, 10:60] = 1
    mask[40:43, 61:110] = 1
    assert len(trace_cracks(mask)) == 2


def test_points_lie_a_pixel_apart_and_lines_end_at_their_nodes():
    mask = draw_band(draw_blank(160, 160), (20, 20), (130, 90), 6)
    draw_band(mask, (75, 55), (30, 120), 6)
    (network,) = trace_cracks(mask)
    for line in network.lines:
        steps = np.hypot(*np.diff(line.points_px, axis=0).T)
        assert steps == pytest.approx(1, abs=0.1)
        assert line.points_px[0] == pytest.approx(network.nodes_px[line.start], abs=1e-6)
        assert line.points_px[-1] == pytest.approx(network.nodes_px[line.end], abs=1e-6)
        assert len(line.half_width_px) == len(line.points_px)
        assert line.smoothing_px == pytest.approx(2, abs=0.5)


def test_cracks_keep_their_pixels_and_places():
    mask = draw_blank(300, 400)
    mask[5:8, 5:60] = 1
    mask[200:290, 350:353] = 1
    first, second = trace_cracks(mask)
    for network in (first, second):
        h, w = network.mask.shape
        box = mask[network.top : network.top + h, network.left : network.left + w]
        assert (box == network.mask).all()
    assert first.mask.sum() + second.mask.sum() == mask.sum()
    assert second.length_px == pytest.approx(90, abs=0.5)


def test_huge_crops_are_thinned_piece_by_piece_with_the_same_result(monkeypatch):
    mask = draw_blank(300, 400)
    for start, stop, width in (
        ((20, 20), (280, 380), 7),
        ((20, 300), (250, 330), 12),
        ((40, 25), (290, 290), 3),
        ((5, 150), (60, 390), 2),
        ((290, 20), (290, 80), 5),
    ):
        draw_band(mask, start, stop, width)
    mask[100:130, 200:230] = np.eye(30, dtype=np.uint8)
    whole = trace_cracks(mask)
    assert len(whole) > 1
    monkeypatch.setattr(skeletons, "_BAND_PX", 1000)
    for one, other in zip(whole, trace_cracks(mask), strict=True):
        assert (one.top, one.left, one.kinds) == (other.top, other.left, other.kinds)
        assert one.length_px == other.length_px
        np.testing.assert_array_equal(one.mask, other.mask)
        for line, same in zip(one.lines, other.lines, strict=True):
            np.testing.assert_array_equal(line.points_px, same.points_px)
            np.testing.assert_array_equal(line.half_width_px, same.half_width_px)
