"""Image and mask move together, by known amounts, and only as the policy says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.augmentation.transforms import Transform, apply_transform, draw_transform

STILL = AugmentationPolicy(
    flip_horizontal=False,
    flip_vertical=False,
    right_angles=False,
    warp_probability=0,
    brightness=0,
    contrast_range=(1, 1),
    gamma_range=(1, 1),
    blur_probability=0,
    noise_probability=0,
)
IDENTITY_TABLE = np.arange(256, dtype=np.uint8)


def _tile(side: int = 33) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return image, (image[..., 0] > 128).astype(np.uint8)


def test_a_policy_that_allows_nothing_changes_nothing():
    image, mask = _tile()
    transform = draw_transform(np.random.default_rng(1), STILL, tile_px=33)
    new_image, new_mask = apply_transform(image, mask, transform)
    np.testing.assert_array_equal(new_image, image)
    np.testing.assert_array_equal(new_mask, mask)


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_flips_and_right_angles_are_exact_and_joint(seed):
    image, mask = _tile()
    policy = STILL.model_copy(
        update={"flip_horizontal": True, "flip_vertical": True, "right_angles": True}
    )
    transform = draw_transform(np.random.default_rng(seed), policy, tile_px=33)
    new_image, new_mask = apply_transform(image, mask, transform)
    np.testing.assert_array_equal(new_mask, (new_image[..., 0] > 128).astype(np.uint8))
    candidates = [np.rot90(m, k) for m in (image, image[:, ::-1]) for k in range(4)]
    assert any(np.array_equal(new_image, candidate) for candidate in candidates)


def test_all_eight_orientations_occur():
    policy = STILL.model_copy(
        update={"flip_horizontal": True, "flip_vertical": True, "right_angles": True}
    )
    image, _ = _tile()
    rng = np.random.default_rng(0)
    seen = {
        apply_transform(image, None, draw_transform(rng, policy, tile_px=33))[0].tobytes()
        for _ in range(120)
    }
    assert len(seen) == 8


def test_mask_stays_binary_and_follows_the_image_under_warps():
    image = np.full((64, 64, 3), 200, np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:44, 20:44] = 1
    image[mask == 1] = 0
    policy = STILL.model_copy(update={"warp_probability": 1.0})
    for seed in range(20):
        transform = draw_transform(np.random.default_rng(seed), policy, tile_px=64)
        new_image, new_mask = apply_transform(image, mask, transform)
        assert set(np.unique(new_mask)) <= {0, 1}
        disagree = (new_image[..., 0] < 100) != (new_mask == 1)
        assert disagree.mean() < 0.03  # the interpolated border only


def test_same_state_same_result():
    image, mask = _tile()
    results = [
        apply_transform(
            image,
            mask,
            draw_transform(np.random.default_rng(7), AugmentationPolicy(), tile_px=33),
        )
        for _ in range(2)
    ]
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_noise_has_the_drawn_strength():
    image = np.full((128, 128, 3), 128, np.uint8)
    still = np.array([[1.0, 0, 0], [0, 1, 0]])
    noisy, _ = apply_transform(image, None, Transform(still, IDENTITY_TABLE, 0.0, 5.0, 3))
    assert noisy.std() == pytest.approx(5.0, rel=0.05)


def test_blur_keeps_the_mean_and_lowers_the_contrast():
    image, _ = _tile(64)
    still = np.array([[1.0, 0, 0], [0, 1, 0]])
    blurred, _ = apply_transform(image, None, Transform(still, IDENTITY_TABLE, 1.5, 0.0, 0))
    assert blurred.std() < 0.5 * image.std()
    assert blurred.mean() == pytest.approx(image.mean(), abs=2)


@pytest.mark.parametrize(
    "values",
    [
        {"zoom_range": (1.2, 0.8)},
        {"gamma_range": (0, 1)},
        {"max_rotation_deg": 90},
        {"rotation": 3},
    ],
)
def test_a_policy_out_of_range_is_refused(values):
    with pytest.raises(ValidationError):
        AugmentationPolicy(**values)


def test_a_grey_draw_has_three_equal_channels_of_the_same_luminance():
    image, _ = _tile()
    policy = STILL.model_copy(update={"grey_probability": 1.0})
    grey, _ = apply_transform(
        image, None, draw_transform(np.random.default_rng(0), policy, tile_px=33)
    )
    luminance = image @ np.array([0.299, 0.587, 0.114])
    assert np.ptp(grey, axis=-1).max() == 0
    np.testing.assert_allclose(grey[..., 0], luminance, atol=1)


def test_a_colour_cast_scales_each_channel_by_its_own_factor_within_the_limit():
    image = np.full((8, 8, 3), 100, np.uint8)
    policy = STILL.model_copy(update={"colour_cast": 0.2})
    seen = np.array(
        [
            apply_transform(
                image, None, draw_transform(np.random.default_rng(seed), policy, tile_px=8)
            )[0][0, 0]
            for seed in range(200)
        ]
    )
    assert seen.min() >= 80
    assert seen.max() <= 120
    assert (seen.min(axis=0) < 84).all()
    assert (seen.max(axis=0) > 116).all()
    assert np.abs(np.corrcoef(seen.T)[np.triu_indices(3, 1)]).max() < 0.25


def test_colour_draws_leave_the_others_as_they_were():
    plain = draw_transform(np.random.default_rng(3), AugmentationPolicy(), tile_px=64)
    grey = AugmentationPolicy(grey_probability=1.0, shade_probability=1.0)
    coloured = draw_transform(np.random.default_rng(3), grey, tile_px=64)
    np.testing.assert_array_equal(coloured.matrix, plain.matrix)
    np.testing.assert_array_equal(coloured.table, plain.table)
    assert coloured.noise_seed == plain.noise_seed


def test_shade_takes_away_at_most_its_share_of_the_light_in_patches_with_soft_or_sharp_edges():
    image = np.full((96, 96, 3), 200, np.uint8)
    policy = STILL.model_copy(update={"shade_probability": 1.0, "max_shade": 0.5})
    spreads = []
    for seed in range(50):
        transform = draw_transform(np.random.default_rng(seed), policy, tile_px=96)
        shaded, _ = apply_transform(image, None, transform)
        assert 200 * (1 - transform.shade) - 1 <= shaded.min() <= shaded.max() <= 200
        assert np.ptp(shaded, axis=-1).max() == 0
        spreads.append(np.abs(np.diff(shaded[..., 0].astype(int), axis=0)).max())
        again, _ = apply_transform(image, None, transform)
        np.testing.assert_array_equal(again, shaded)
    assert min(spreads) <= 5
    assert max(spreads) > 20


def test_debris_covers_wide_cracks_here_and_there_and_leaves_edges_and_ground():
    image, mask = np.full((96, 96, 3), 200, np.uint8), np.zeros((96, 96), np.uint8)
    mask[30:60] = 1  # a crack 30 px wide; one of 3 px has no inside
    image[mask == 1] = 10
    policy = STILL.model_copy(update={"debris_probability": 1.0})
    shares = []
    for seed in range(30):
        transform = draw_transform(np.random.default_rng(seed), policy, tile_px=96)
        filled, same_mask = apply_transform(image, mask, transform)
        np.testing.assert_array_equal(same_mask, mask)
        np.testing.assert_array_equal(filled[mask == 0], image[mask == 0])
        np.testing.assert_array_equal(filled[[30, 31, 58, 59]], image[[30, 31, 58, 59]])
        shares.append((filled[32:58] > 40).mean())
        again, _ = apply_transform(image, mask, transform)
        np.testing.assert_array_equal(again, filled)
    assert min(shares) < 0.3
    assert max(shares) > 0.7


def test_debris_needs_a_mask_and_a_crack_that_is_wide():
    image, mask = np.full((48, 48, 3), 200, np.uint8), np.zeros((48, 48), np.uint8)
    mask[20:23] = 1
    image[mask == 1] = 10
    transform = draw_transform(
        np.random.default_rng(0), STILL.model_copy(update={"debris_probability": 1.0}), tile_px=48
    )
    for known in (mask, np.zeros_like(mask), None):
        np.testing.assert_array_equal(apply_transform(image, known, transform)[0], image)


def test_debris_changes_no_other_draw():
    plain = draw_transform(np.random.default_rng(3), AugmentationPolicy(), tile_px=64)
    policy = AugmentationPolicy(debris_probability=1.0)
    filled = draw_transform(np.random.default_rng(3), policy, tile_px=64)
    np.testing.assert_array_equal(filled.matrix, plain.matrix)
    np.testing.assert_array_equal(filled.table, plain.table)
    assert (plain.debris, filled.noise_seed) == (0.0, plain.noise_seed)
