"""Draw a transform and apply it to a tile and its mask: one affine warp, one look-up table."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.types import BinaryMask, RgbImage

_SHADE_STREAM = 1
_DEBRIS_STREAM = 2
_DEBRIS_EDGE_PX = 2.0


@dataclass(frozen=True, slots=True)
class Transform:
    """One drawn transform.

    Attributes:
        matrix: (2, 3) float64 affine map from the tile's to the result's pixel centres.
        table: (256,) uint8 new intensity of each intensity, or (256, 3) with one for each channel.
        grey: Whether the colour is taken away, before the table.
        shade: Share of the light that patches take away after it, 0 for none.
        blur_sigma_px: Standard deviation of the blur, 0 for none.
        noise_std: Standard deviation of the noise in grey levels, 0 for none.
        noise_seed: Seed of the noise.
        debris: How far debris hides what lies under it, as a share; 0 for none.
    """

    matrix: NDArray[np.float64]
    table: NDArray[np.uint8]
    blur_sigma_px: float
    noise_std: float
    noise_seed: int
    grey: bool = False
    shade: float = 0.0
    debris: float = 0.0


def draw_transform(
    rng: np.random.Generator, policy: AugmentationPolicy, *, tile_px: int
) -> Transform:
    """Draw one transform from a policy.

    Args:
        rng: Source of randomness; the same state draws the same transform.
        policy: Ranges and probabilities.
        tile_px: Side of the tile in px, the centre of turns and zooms follows from it.

    Returns:
        The drawn transform.
    """
    blurred = rng.random() < policy.blur_probability
    noisy = rng.random() < policy.noise_probability
    return Transform(
        matrix=_draw_matrix(rng, policy, tile_px),
        table=_draw_table(rng, policy),
        blur_sigma_px=float(rng.uniform(0.2, 1.0) * policy.max_blur_sigma_px) if blurred else 0.0,
        noise_std=float(rng.uniform(0.2, 1.0) * policy.max_noise_std) if noisy else 0.0,
        noise_seed=int(rng.integers(2**31)),
        grey=bool(policy.grey_probability and rng.random() < policy.grey_probability),
        shade=_draw_share(rng, policy.shade_probability, lowest=0.2) * policy.max_shade,
        debris=_draw_share(rng, policy.debris_probability, lowest=0.5),
    )


def apply_transform(
    image: RgbImage, mask: BinaryMask | None, transform: Transform
) -> tuple[RgbImage, BinaryMask | None]:
    """Apply one transform to a tile and, geometrically, to its mask.

    The image is interpolated linearly and the mask by nearest neighbour; what comes from outside
    the tile is its reflection in both.

    Args:
        image: (T, T, 3) uint8.
        mask: (T, T) uint8 of {0, 1}, or None.
        transform: From ``draw_transform``.

    Returns:
        The new image and mask, of the same shapes and types.
    """
    warped = _warp(image, transform.matrix, cv2.INTER_LINEAR)
    new_mask = None if mask is None else _warp(mask, transform.matrix, cv2.INTER_NEAREST)
    if transform.debris > 0 and new_mask is not None:
        warped = _fill(warped, new_mask, transform)
    changed = cv2.LUT(_take_colour(warped) if transform.grey else warped, transform.table[None])
    if transform.shade > 0:
        changed = _shade(np.asarray(changed, np.uint8), transform)
    if transform.blur_sigma_px > 0:
        changed = cv2.GaussianBlur(changed, (0, 0), transform.blur_sigma_px)
    if transform.noise_std > 0:
        changed = _add_noise(np.asarray(changed, np.uint8), transform)
    return np.asarray(changed, np.uint8), new_mask


def _warp(array: NDArray[np.uint8], matrix: NDArray[np.float64], mode: int) -> NDArray[np.uint8]:
    size = (array.shape[1], array.shape[0])
    warped = cv2.warpAffine(array, matrix, size, flags=mode, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, dtype=np.uint8)


def _take_colour(image: RgbImage) -> RgbImage:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _shade(image: RgbImage, transform: Transform) -> RgbImage:
    # Where a smooth random field is high, the patch lies; its edge is sharp in some draws only.
    rng = np.random.default_rng([_SHADE_STREAM, transform.noise_seed])
    n_cells, steepness = int(rng.integers(2, 7)), float(np.exp(rng.uniform(0, 4)))
    field = _draw_field(rng, n_cells, *image.shape[:2])
    share = np.clip(0.5 + steepness * field, 0, 1) * np.float32(transform.shade)
    return np.asarray(np.rint(image * (1 - share)[..., None]), dtype=np.uint8)


def _fill(image: RgbImage, mask: BinaryMask, transform: Transform) -> RgbImage:
    # Debris is the tile itself, mirrored, shifted, darker or not; the crack's edge stays as it is.
    depth_px = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    if depth_px.max() <= _DEBRIS_EDGE_PX:
        return image
    rng = np.random.default_rng([_DEBRIS_STREAM, transform.noise_seed])
    height, width = mask.shape
    shift = (int(rng.integers(height)), int(rng.integers(width)))
    debris = np.roll(image[::-1, ::-1], shift, axis=(0, 1)) * np.float32(rng.uniform(0.4, 1.0))
    field = _draw_field(rng, int(rng.integers(3, 13)), height, width)
    lies = np.clip(1.0 + 4.0 * (field + np.float32(rng.uniform(-0.5, 1.0))), 0, 1)
    cover = lies * np.clip((depth_px - _DEBRIS_EDGE_PX) / 2, 0, 1) * np.float32(transform.debris)
    return np.asarray(np.rint(image + (debris - image) * cover[..., None]), dtype=np.uint8)


def _draw_field(
    rng: np.random.Generator, n_cells: int, height: int, width: int
) -> NDArray[np.float32]:
    cells = rng.standard_normal((n_cells, n_cells), dtype=np.float32)
    field = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, dtype=np.float32)


def _add_noise(image: RgbImage, transform: Transform) -> RgbImage:
    rng = np.random.default_rng(transform.noise_seed)
    noise = rng.standard_normal(image.shape[:2], dtype=np.float32) * transform.noise_std
    noisy = image.astype(np.float32) + noise[..., None]
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _draw_share(rng: np.random.Generator, probability: float, *, lowest: float) -> float:
    if probability == 0 or rng.random() >= probability:
        return 0.0
    return float(rng.uniform(lowest, 1.0))


def _draw_matrix(
    rng: np.random.Generator, policy: AugmentationPolicy, tile_px: int
) -> NDArray[np.float64]:
    linear = np.eye(2)
    if policy.right_angles:
        linear = _quarter_turns(int(rng.integers(4))) @ linear
    if policy.flip_horizontal and rng.random() < 0.5:
        linear = np.diag([-1.0, 1.0]) @ linear
    if policy.flip_vertical and rng.random() < 0.5:
        linear = np.diag([1.0, -1.0]) @ linear
    shift = np.zeros(2)
    if rng.random() < policy.warp_probability:
        angle_rad = np.deg2rad(rng.uniform(-1, 1) * policy.max_rotation_deg)
        zoom = float(np.exp(rng.uniform(*np.log(policy.zoom_range))))
        linear = zoom * _rotation(float(angle_rad)) @ linear
        shift = rng.uniform(-1, 1, size=2) * policy.max_shift_share * tile_px
    centre = np.full(2, (tile_px - 1) / 2)
    return np.column_stack([linear, centre - linear @ centre + shift])


def _quarter_turns(turns: int) -> NDArray[np.float64]:
    # Exact integers: a rotation matrix from cosines would shift pixels by rounding.
    return np.asarray(
        np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), turns), np.float64
    )


def _rotation(angle_rad: float) -> NDArray[np.float64]:
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cosine, -sine], [sine, cosine]])


def _draw_table(rng: np.random.Generator, policy: AugmentationPolicy) -> NDArray[np.uint8]:
    levels = np.arange(256, dtype=np.float64) / 255.0
    gamma = np.exp(rng.uniform(*np.log(policy.gamma_range)))
    contrast = rng.uniform(*policy.contrast_range)
    brightness = rng.uniform(-1, 1) * policy.brightness
    changed = (levels**gamma - 0.5) * contrast + 0.5 + brightness
    if policy.colour_cast:
        gains = 1 + rng.uniform(-1, 1, size=3) * policy.colour_cast
        changed = changed[:, None] * gains
    return np.asarray(np.clip(np.rint(changed * 255.0), 0, 255), dtype=np.uint8)
