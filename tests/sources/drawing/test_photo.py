"""Truth of the drawn photos: mask, centrelines and widths agree; surfaces and distractors draw."""

import cv2
import numpy as np
import pytest

from crack_pipeline.sources.drawing.carving import gather_truth, measure_edges, render_mask
from crack_pipeline.sources.drawing.cracks import CrackBranch
from crack_pipeline.sources.drawing.distractors import OVER_CRACKS, UNDER_CRACKS
from crack_pipeline.sources.drawing.photo import (
    DrawnPhoto,
    PhotoPlan,
    draw_coverage,
    draw_photo,
    pick_jpeg_quality,
    plan_photo,
)
from crack_pipeline.sources.drawing.surfaces import SURFACES

SHAPE = (192, 256)
DISTRACTORS = {**UNDER_CRACKS, **OVER_CRACKS}


@pytest.fixture(scope="module")
def cracked() -> list[DrawnPhoto]:
    plans = [PhotoPlan(1, index, "smooth_concrete", (), True) for index in range(12)]
    return [draw_photo(plan, SHAPE) for plan in plans]


def test_widths_range_from_1_to_12_px(cracked: list[DrawnPhoto]) -> None:
    width = np.concatenate([photo.truth.width_px for photo in cracked])
    assert width.min() >= 1
    assert width.max() <= 12
    assert np.quantile(width, 0.9) > 3
    assert np.mean(width < 1.5) < 0.4


def test_width_varies_along_each_crack(cracked: list[DrawnPhoto]) -> None:
    for photo in cracked:
        first = photo.truth.width_px[photo.truth.branch_id == 0]
        assert first.max() > 1.3 * first.min()


def test_centrelines_lie_in_the_mask(cracked: list[DrawnPhoto]) -> None:
    for photo in cracked:
        column, row = np.rint(photo.truth.points_px).astype(int).T
        assert photo.mask[row, column].mean() > 0.9


def test_points_follow_one_another_about_a_pixel_apart(cracked: list[DrawnPhoto]) -> None:
    for photo in cracked:
        truth = photo.truth
        step = np.hypot(*np.diff(truth.points_px, axis=0).T)[np.diff(truth.branch_id) == 0]
        assert np.median(step) == pytest.approx(1, abs=0.05)


def test_coverage_is_that_of_the_mask(cracked: list[DrawnPhoto]) -> None:
    for index, photo in enumerate(cracked[:4]):
        cover = draw_coverage(PhotoPlan(1, index, "smooth_concrete", (), True), SHAPE)
        differs = (cover >= 0.5) != photo.mask
        assert np.abs(cover[differs] - 0.5).max(initial=0) < 0.15, (
            "only where an edge is in between"
        )
    assert draw_coverage(PhotoPlan(1, 0, "smooth_concrete", (), False), SHAPE).sum() == 0


def test_drawing_the_truth_again_gives_the_mask(cracked: list[DrawnPhoto]) -> None:
    compared = 0
    for photo in cracked:
        truth = photo.truth
        branches = [
            CrackBranch(truth.points_px[chosen], truth.width_px[chosen])
            for chosen in (truth.branch_id == number for number in np.unique(truth.branch_id))
            if chosen.any() and np.hypot(*np.diff(truth.points_px[chosen], axis=0).T).max() < 2
        ]
        if len(branches) < truth.branch_id.max() + 1:
            continue  # a branch left the photo and came back
        again = render_mask(measure_edges(branches, SHAPE))
        inner = np.s_[8:-8, 8:-8]
        assert np.array_equal(again[inner], photo.mask[inner])
        compared += 1
    assert compared >= 6


def test_width_is_twice_the_distance_to_the_edge(cracked: list[DrawnPhoto]) -> None:
    """On the mask, away from where branches meet and from the border."""
    differences = []
    for photo in cracked:
        truth = photo.truth
        alone = _find_alone(photo)
        distance = cv2.distanceTransform(photo.mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        ridge = cv2.dilate(distance, np.ones((3, 3), np.uint8))
        column, row = np.rint(truth.points_px[alone]).astype(int).T
        wide = truth.width_px[alone] > 3
        # The transform measures between pixel centres: half a pixel lies beyond the last one.
        differences.append((2 * ridge[row, column] - 1 - truth.width_px[alone])[wide])
    difference = np.concatenate(differences)
    assert len(difference) > 200
    assert abs(np.median(difference)) < 0.5
    assert np.mean(np.abs(difference) < 1.5) > 0.9


def test_a_straight_crack_has_the_area_of_its_width() -> None:
    along = np.arange(-15, 275, dtype=np.float32)
    points = np.stack([along, 70 + 0.377 * along], axis=1)
    branch = CrackBranch(points, np.full(len(along), 5, np.float32))
    mask = render_mask(measure_edges([branch], SHAPE))
    assert mask.sum() == pytest.approx(5 * np.hypot(1, 0.377) * 256, rel=0.01)
    truth = gather_truth([branch], SHAPE)
    assert truth.points_px[:, 0].tolist() == list(range(256))


def test_truth_of_no_crack_is_empty() -> None:
    photo = draw_photo(PhotoPlan(1, 0, "fine_asphalt", ("wire",), has_crack=False), SHAPE)
    assert not photo.mask.any()
    assert photo.truth.points_px.shape == (0, 2)
    assert photo.truth.width_px.shape == photo.truth.branch_id.shape == (0,)


def test_cracks_are_darker_than_their_surroundings(cracked: list[DrawnPhoto]) -> None:
    for photo in cracked:
        grey = cv2.cvtColor(photo.image, cv2.COLOR_RGB2GRAY).astype(float)
        near = cv2.dilate(photo.mask, np.ones((15, 15), np.uint8)) - photo.mask
        assert grey[photo.mask == 1].mean() < 0.92 * grey[near == 1].mean()


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("shape", [(96, 96), (97, 130)])
def test_every_surface_draws_at_any_size(surface: str, shape: tuple[int, int]) -> None:
    photo = draw_photo(PhotoPlan(2, 5, surface, (), has_crack=False), shape)
    assert photo.image.shape == (*shape, 3)
    assert photo.image.std() > 2
    assert 25 < photo.image.mean() < 235


@pytest.mark.parametrize("name", DISTRACTORS)
def test_every_distractor_changes_the_photo_and_not_the_mask(name: str) -> None:
    bare = draw_photo(PhotoPlan(7, 3, "smooth_concrete", (), has_crack=True), SHAPE)
    with_it = draw_photo(PhotoPlan(7, 3, "smooth_concrete", (name,), has_crack=True), SHAPE)
    assert np.array_equal(bare.mask, with_it.mask)
    assert not np.array_equal(bare.image, with_it.image)


def test_distractors_and_surfaces_do_not_tell_of_cracks() -> None:
    plans = [plan_photo(0, index, crack_share=2 / 3) for index in range(900)]
    has_crack = np.array([plan.has_crack for plan in plans])
    for name in (*DISTRACTORS, *SURFACES):
        shown = np.array([name in (*plan.distractors, plan.surface) for plan in plans])
        shares = [shown[has_crack].mean(), shown[~has_crack].mean()]
        assert min(shares) > 0.05
        assert abs(shares[0] - shares[1]) < 0.08


def test_a_photo_depends_on_seed_and_number_alone() -> None:
    plan = plan_photo(5, 17, crack_share=2 / 3)
    first, second = draw_photo(plan, (96, 128)), draw_photo(plan, (96, 128))
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.mask, second.mask)
    other = draw_photo(plan_photo(5, 20, crack_share=2 / 3), (96, 128))
    assert not np.array_equal(first.image, other.image)


def test_jpeg_qualities_stay_within_their_bounds() -> None:
    plans = [plan_photo(0, index, crack_share=0.5) for index in range(200)]
    qualities = {pick_jpeg_quality(plan, 70, 73) for plan in plans}
    assert qualities == {70, 71, 72, 73}


def _find_alone(photo: DrawnPhoto) -> np.ndarray:
    """Points of the first branch that no other branch and no border comes near."""
    truth = photo.truth
    others = truth.points_px[truth.branch_id != 0]
    x, y = truth.points_px.T
    alone = (truth.branch_id == 0) & (x > 14) & (y > 14)
    alone &= (x < SHAPE[1] - 15) & (y < SHAPE[0] - 15)
    for number in np.flatnonzero(alone):
        away = np.hypot(*(others - truth.points_px[number]).T)
        alone[number] = away.size == 0 or away.min() > 16
    return alone
