"""Probability of detection: known curves, and the cases that have no 90 % point."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt, gaussian_filter, label

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.centreline import FEWEST_UNIT_PX, cut_centreline
from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics.detection import (
    FEWEST_UNITS,
    CrackUnits,
    DetectionCurve,
    WidthBin,
    fit_detection,
    measure_units,
)
from crack_pipeline.tasks.mask_report import describe_detection

A90_PX = float(np.exp((np.log(9) + 4.0) / 3.0))
"""Of the logistic curve with intercept −4 and slope 3."""


def photos_by_chance(n_photos: int, *, seed: int = 0, shift: float = 0.0) -> list[CrackUnits]:
    """Photos of 20 units each, found with probability 1 / (1 + exp(4 − 3 ln width))."""
    rng = np.random.default_rng(seed)
    photos = []
    for _ in range(n_photos):
        widths = np.round(rng.uniform(1.5, 15, 20), 1)
        score = -4 + 3 * np.log(widths) + shift * rng.normal()
        photos.append(_photo(widths, rng.random(20) < 1 / (1 + np.exp(-score))))
    return photos


def _photo(widths: np.ndarray, share: np.ndarray) -> CrackUnits:
    bins = np.minimum(widths.astype(int), 31)
    return CrackUnits(
        width_px=np.asarray(widths, np.float64),
        share_found=np.asarray(share, np.float64),
        points_by_width=np.bincount(bins, minlength=32) * 20,
        found_by_width=np.bincount(bins, np.asarray(share, float) * 20, minlength=32).astype(int),
    )


def _names(photos: list[CrackUnits]) -> list[str]:
    return [f"photo_{number}" for number in range(len(photos))]


def _fit(photos: list[CrackUnits], **settings):
    return fit_detection(
        photos, _names(photos), **{"resamples": 200, "widest_px": np.inf, **settings}
    )


def test_a_known_curve_is_found_again():
    curve = _fit(photos_by_chance(150), mm_per_px=0.2)
    assert (curve.units, curve.groups) == (3000, 150)
    assert curve.fit.intercept == pytest.approx(-4, abs=0.5)
    assert curve.fit.slope == pytest.approx(3, abs=0.3)
    assert curve.fit.w90_px == pytest.approx(A90_PX, rel=0.08)
    assert curve.fit.w90_px < curve.fit.bound_px < 1.2 * curve.fit.w90_px
    assert curve.fit.w90_px < curve.fit.delta_px
    told = describe_detection(curve)
    assert told["a90_mm"] == pytest.approx(0.2 * curve.fit.w90_px)
    assert told["a90_95_mm"] == pytest.approx(0.2 * curve.fit.bound_px)
    assert told["a90_95_delta_mm"] == pytest.approx(0.2 * curve.fit.delta_px)
    assert curve.fit.note == curve.fit.bound_note == ""


def test_the_band_holds_the_curve_and_narrows_with_the_photos():
    few, many = (_fit(photos_by_chance(n)) for n in (20, 200))
    for curve in (few, many):
        width = np.array([point.width_px for point in curve.band])
        probability = curve.fit.share(width)
        assert np.all([p.low for p in curve.band] <= probability)
        assert np.all(probability <= [p.high for p in curve.band])
    spread = [max(p.high - p.low for p in curve.band) for curve in (few, many)]
    assert spread[1] < 0.5 * spread[0]
    assert _fit([]).band == ()


def test_wide_cracks_that_are_filled_do_not_hide_how_fine_a_crack_may_be():
    filled = [_photo(np.full(20, 40.0), np.zeros(20)) for _ in range(60)]
    photos = photos_by_chance(150) + filled
    assert _fit(photos).fit.w90_px is None  # one curve for both would fall
    curve = _fit(photos, widest_px=10.0)
    assert curve.fit.w90_px == pytest.approx(A90_PX, rel=0.1)
    assert (curve.wider_units, curve.wider_detected) == _count_above(photos, 10.0)
    assert curve.units + curve.wider_units == 20 * len(photos)
    assert fit_detection(photos, _names(photos), resamples=10).units == curve.units


def _count_above(photos: list[CrackUnits], width_px: float) -> tuple[int, int]:
    width = np.concatenate([photo.width_px for photo in photos])
    share = np.concatenate([photo.share_found for photo in photos])
    return int((width > width_px).sum()), int((share[width > width_px] >= 0.5).sum())


def test_both_bounds_agree_where_units_do_not_hang_together():
    curve = _fit(photos_by_chance(150), resamples=1000)
    assert curve.fit.bound_px == pytest.approx(curve.fit.delta_px, rel=0.03)


def test_units_that_hang_together_widen_the_bound_by_bootstrap_only():
    curve = _fit(photos_by_chance(150, shift=1.2), resamples=1000)
    excess, of_delta = curve.fit.bound_px / curve.fit.w90_px, curve.fit.delta_px / curve.fit.w90_px
    assert excess - 1 > 1.3 * (of_delta - 1)


@pytest.mark.slow
def test_the_bound_holds_in_about_95_of_100_samples():
    covered = [
        (bound is None or bound >= A90_PX)
        for bound in (_fit(photos_by_chance(60, seed=seed)).fit.bound_px for seed in range(200))
    ]
    assert 0.90 <= np.mean(covered) <= 0.99


def test_equal_seeds_give_equal_bounds():
    photos = photos_by_chance(20)
    assert _fit(photos, seed=3) == _fit(photos, seed=3)
    assert _fit(photos, seed=3).fit.bound_px != _fit(photos, seed=4).fit.bound_px


def test_a_unit_counts_as_detected_from_half_of_its_length():
    widths = np.linspace(2, 9, 80)
    curve = _fit([_photo(widths, np.where(np.arange(80) % 2 == 0, 0.5, 0.49))])
    assert curve.detected == 40


def test_everything_found():
    curve = _fit([_photo(np.linspace(1.5, 9, 40), np.ones(40)) for _ in range(5)])
    assert curve.fit.w90_px is curve.fit.bound_px is curve.fit.delta_px is curve.fit.slope is None
    assert "all units were detected" in curve.fit.note
    assert "1.5 px" in curve.fit.note
    assert curve.fit.bound_note == curve.fit.note


def test_nothing_found():
    curve = _fit([_photo(np.linspace(1.5, 9, 40), np.zeros(40)) for _ in range(5)])
    assert curve.fit.w90_px is None
    assert curve.detected == 0
    assert "no unit was detected" in curve.fit.note


def test_too_few_units():
    curve = _fit([_photo(np.linspace(2, 9, FEWEST_UNITS - 1), np.arange(FEWEST_UNITS - 1) % 2)])
    assert curve.fit.w90_px is curve.fit.slope is None
    assert f"only {FEWEST_UNITS - 1} pieces of crack" in curve.fit.note


def test_no_units_and_no_photos():
    none = _photo(np.zeros(0), np.zeros(0))
    for photos in ([none, none], []):
        curve = _fit(photos)
        assert (curve.units, curve.groups, curve.by_width) == (0, 0, ())
        assert curve.narrowest_px is curve.fit.w90_px is None
        assert "only 0 pieces of crack" in curve.fit.note


def test_wide_cracks_that_are_missed_more_often():
    widths = np.linspace(2, 9, 90)
    curve = _fit([_photo(widths, np.random.default_rng(0).random(90) > widths / 9)])
    assert curve.fit.slope < 0
    assert curve.fit.w90_px is None
    assert "wider cracks were not detected more often" in curve.fit.note


def test_widths_that_do_not_overlap():
    widths = np.linspace(2, 9, 90)
    curve = _fit([_photo(widths, widths > 5)])
    assert curve.fit.w90_px is curve.fit.slope is None
    assert "do not overlap" in curve.fit.note


def test_a_90_percent_point_beyond_all_widths_is_not_given_out():
    rng = np.random.default_rng(0)
    widths = np.linspace(2, 4, 300)
    beyond = _fit([_photo(widths, rng.random(300) < 0.2 + 0.1 * (widths - 2))])
    assert beyond.fit.slope > 0
    assert beyond.fit.w90_px is None
    assert "beyond the widest unit of 4 px" in beyond.fit.note
    below = _fit([_photo(widths, rng.random(300) < 0.95 + 0.02 * (widths - 2))])
    assert below.fit.w90_px is None
    assert "below the narrowest unit of 2 px" in below.fit.note


def test_few_groups_have_a_point_and_no_bound():
    photos = photos_by_chance(40)
    curve = fit_detection(photos, ["one", "two"] * 20, resamples=100)
    assert curve.fit.w90_px == pytest.approx(A90_PX, rel=0.15)
    assert curve.fit.bound_px is None
    assert curve.fit.delta_px is not None
    assert "2 groups of photos are too few" in curve.fit.bound_note


def test_a_bound_beyond_all_widths_is_not_given_out():
    photos = [
        _photo(one.width_px[one.width_px < 9], one.share_found[one.width_px < 9])
        for one in photos_by_chance(12, seed=1)
    ]
    curve = _fit(photos)
    assert curve.fit.w90_px is not None
    assert curve.fit.bound_px is None
    assert "bootstrap resamples the 90 % point lies beyond the widest unit" in curve.fit.bound_note


def test_the_share_found_by_width_counts_length():
    photos = [_photo(np.array([2.5, 2.5, 40.0]), np.array([1.0, 0.5, 1.0]))] * 2
    assert _fit(photos).by_width == (
        WidthBin(from_px=2, to_px=3, length_px=80, share_found=0.75, units=4, detected=4),
        WidthBin(from_px=31, to_px=None, length_px=40, share_found=1.0, units=2, detected=2),
    )


def test_a_model_that_finds_a_little_more_than_half_of_each_piece_is_told_by_its_length():
    widths = np.tile(np.arange(1.5, 9.5), 5)
    curve = _fit([_photo(widths, np.full(widths.size, 0.6))] * 4)
    assert curve.detected == curve.units == 160
    assert "all units were detected" in curve.fit.note
    assert curve.length.w90_px is None
    assert {one.share_found for one in curve.by_width} == {0.6}


def test_the_curve_of_length_finds_a_known_one_again():
    rng, photos = np.random.default_rng(0), []
    for _ in range(60):
        widths = rng.integers(1, 10, 20) + 0.5
        photos.append(_photo(widths, 1 / (1 + np.exp(4 - 3 * np.log(widths)))))
    length = _fit(photos, mm_per_px=0.2).length
    assert length.slope == pytest.approx(3, abs=0.2)
    assert length.w90_px == pytest.approx(A90_PX, rel=0.05)
    assert length.w90_px <= length.bound_px < 1.1 * length.w90_px
    assert length.points("l90", 0.2)["l90_mm"] == pytest.approx(0.2 * length.w90_px)
    assert length.share(np.array([A90_PX])) == pytest.approx(0.9, abs=0.02)
    assert length.note == length.bound_note == ""


@pytest.mark.parametrize(("share", "note"), [(1.0, "all crack was found"), (0.0, "no crack")])
def test_length_says_where_all_or_none_was_found(share, note):
    length = _fit([_photo(np.full(40, 3.5), np.full(40, share))] * 4).length
    assert (length.w90_px, length.bound_px) == (None, None)
    assert note in length.note
    assert note in length.bound_note


def test_few_units_have_no_curve_of_length():
    length = _fit([_photo(np.full(10, 3.5), np.full(10, 0.5))]).length
    assert length.note == f"only 10 pieces of crack, {FEWEST_UNITS} are needed"


def test_masks_with_missed_thin_cracks():
    photos = []
    for number in range(12):
        truth, predicted = np.zeros((2, 130, 220), np.uint8)
        for row, height_px in zip(range(6, 130, 14), (1, 1, 3, 3, 5, 5, 7, 7, 9), strict=True):
            truth[row : row + height_px, 10:210] = 1
            # of each height more is found in later photos, and more of the wide ones
            predicted[row : row + height_px, 10 : 10 + 2 * min(100, 8 * number + 9 * height_px)] = 1
        photos.append(measure_units(predicted, truth, tolerance_px=2))
    curve = _fit(photos)
    assert [one.share_found for one in curve.by_width] == sorted(
        one.share_found for one in curve.by_width
    )
    assert curve.fit.slope > 0
    assert 3 < curve.fit.w90_px < 9.5


def test_the_curve_is_ready_for_json():
    text = json.dumps(asdict(_fit(photos_by_chance(20), mm_per_px=0.1)))
    assert json.loads(text)["units"] == 400


def test_bad_input_is_refused():
    photos = photos_by_chance(2)
    with pytest.raises(ShapeError, match="2 photos, 1 groups"):
        fit_detection(photos, ["one"], resamples=10)
    with pytest.raises(ParameterError, match="resamples"):
        fit_detection(photos, _names(photos), resamples=0)
    with pytest.raises(ParameterError, match="mm_per_px"):
        fit_detection(photos, _names(photos), resamples=10, mm_per_px=0.0)


def _curve(n_photos: int) -> DetectionCurve:
    photos = photos_by_chance(n_photos)
    return fit_detection(photos, [str(n) for n in range(n_photos)], resamples=20)


def test_the_curve_passes_through_its_90_percent_point():
    curve = _curve(30)
    assert np.isclose(curve.fit.share(np.array([curve.fit.w90_px]))[0], 0.9)
    assert np.all(np.diff(curve.fit.share(np.arange(1.0, 9.0))) > 0)


def test_without_a_fit_there_is_no_probability():
    assert np.isnan(_curve(1).fit.share(np.array([1.0, 2.0]))).all()


EMPTY = np.zeros((60, 120), np.uint8)


def _line(row: int, *, start: int = 10, length_px: int = 100) -> np.ndarray:
    mask = EMPTY.copy()
    mask[row, start : start + length_px] = 1
    return mask


def _blobs(seed: int, share: float = 0.5) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).random((40, 48)), 1.5)
    return (smooth > np.quantile(smooth, 1 - share)).astype(np.uint8)


def test_a_line_of_100_px_is_five_units():
    pieces = cut_centreline(_line(20) > 0)
    assert np.bincount(pieces).tolist() == [20, 20, 20, 20, 20]
    assert np.all(np.diff(pieces[np.argsort(np.flatnonzero(_line(20)))]) >= 0)


@pytest.mark.parametrize(
    ("length_px", "sizes"), [(4, []), (5, [5]), (29, [29]), (32, [16, 16]), (50, [25, 25])]
)
def test_branches_are_cut_into_equal_pieces_of_about_20_px(length_px, sizes):
    pieces = cut_centreline(_line(20, length_px=length_px) > 0)
    assert np.bincount(pieces[pieces >= 0]).tolist() == sizes


def test_junctions_separate_branches():
    cross = _line(30, start=20, length_px=41)
    cross[10:51, 40] = 1
    pieces = cut_centreline(cross > 0)
    assert np.bincount(pieces[pieces >= 0]).tolist() == [20, 20, 20, 20]
    points = np.argwhere(cross)
    assert pieces[(points == (30, 40)).all(axis=1)].tolist() == [-1]


def test_short_spurs_are_no_units():
    spur = _line(30, length_px=61)
    spur[26:30, 40] = 1
    pieces = cut_centreline(spur > 0)
    points = np.argwhere(spur)
    assert (pieces[points[:, 0] < 30] == -1).all()
    assert (pieces >= 0).sum() == 60


def test_a_ring_is_cut_into_connected_pieces():
    ring = EMPTY.copy()
    ring[10:41, 10:41] = 1
    ring[11:40, 11:40] = 0
    pieces = cut_centreline(ring > 0)
    assert (pieces >= 0).all()
    assert 4 <= pieces.max() + 1 <= 7


def test_steps_to_the_diagonal_are_longer():
    diagonal = np.eye(60, 120, dtype=bool)[:57]
    # 56 steps of √2 are 79 px long: four pieces
    assert cut_centreline(diagonal).max() + 1 == 4


@given(st.integers(0, 2**32 - 1))
def test_units_are_connected_and_long_enough(seed):
    line = MaskGeometry(_blobs(seed)).line
    pieces = cut_centreline(line)
    image = np.full(line.shape, -1)
    image[line] = pieces
    for number in range(pieces.max(initial=-1) + 1):
        unit = image == number
        assert unit.sum() >= FEWEST_UNIT_PX
        assert label(unit, np.ones((3, 3)))[1] == 1


def test_what_was_found_of_a_unit_and_of_a_width():
    # of 100 px the first 50 were found, with 2 px more by tolerance
    units = measure_units(_line(20, length_px=50), _line(20), tolerance_px=2)
    assert units.width_px.tolist() == [1.5] * 5
    assert sorted(units.share_found.tolist()) == pytest.approx([0.0, 0.0, 0.6, 1.0, 1.0])
    assert units.points_by_width[1] == units.points_by_width.sum() == 100
    assert units.found_by_width[1] == 52


def test_what_was_found_beside_a_unit_does_not_make_it_detected():
    units = measure_units(
        _line(20, length_px=40) | _line(20, start=70, length_px=40), _line(20), tolerance_px=2
    )
    assert min(units.share_found) == pytest.approx(4 / 20)


def test_wide_cracks_fall_into_the_last_bin():
    wide = np.zeros((120, 300), np.uint8)
    wide[20:90] = 1
    units = measure_units(wide, wide, tolerance_px=2)
    assert units.points_by_width[31] > 200
    assert units.width_px.max() == pytest.approx(69.5, abs=1)


def test_empty_full_and_one_pixel_masks():
    one, full = EMPTY.copy(), np.ones_like(EMPTY)
    one[20, 20] = 1
    for predicted in (EMPTY, full, one):
        assert measure_units(predicted, EMPTY, tolerance_px=2).width_px.size == 0
        units = measure_units(predicted, one, tolerance_px=2)
        assert units.width_px.size == 0
        assert units.points_by_width.sum() == 1
        assert units.found_by_width.sum() == predicted[20, 20]
    assert measure_units(full, full, tolerance_px=2).share_found.tolist().count(1.0) > 0


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_sums_by_width_agree_with_distances(seed, tolerance_px):
    predicted, truth = _blobs(seed, 0.1), _blobs(seed + 1, 0.4)
    units = measure_units(predicted, truth, tolerance_px=tolerance_px)
    line = MaskGeometry(truth).line
    found = distance_transform_edt(predicted == 0)[line] <= tolerance_px
    assert units.points_by_width.sum() == line.sum()
    assert units.found_by_width.sum() == found.sum()
    # exact distances 1 and the root of 2 are narrower than 3 px, 2 and more are not
    narrow = distance_transform_edt(truth)[line] < 1.75
    assert units.points_by_width[:3].sum() == narrow.sum()
    assert units.found_by_width[:3].sum() == (narrow & found).sum()


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="same size"):
        measure_units(EMPTY, EMPTY[1:], tolerance_px=2)
    with pytest.raises(ParameterError, match="tolerance_px"):
        measure_units(EMPTY, EMPTY, tolerance_px=-1)
