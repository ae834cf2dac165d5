"""Heat maps laid over photos."""

import matplotlib
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.types import RgbImage

_MAP = "inferno"
_BRIGHTEST_PERCENT = 99.5
_PHOTO_BRIGHTNESS = 0.55


def overlay_heat(image: RgbImage, heat: NDArray[np.float32]) -> RgbImage:
    """Lay a heat map over a photo without its colours.

    The scale ends at the map's 99.5th percentile, so that a few very hot pixels do not leave the
    rest dark.

    Args:
        image: (H, W, 3) uint8.
        heat: (H, W) in [0, 1].

    Returns:
        (H, W, 3) uint8: the dimmed photo where there is no heat, through dark red to yellow.

    Raises:
        ShapeError: If the two differ in size.
    """
    if image.shape[:2] != heat.shape:
        raise ShapeError(
            "`heat` must have the height and width of `image`.",
            received=f"image {image.shape}, heat {heat.shape}",
            remedy="Pass the map of this very photo, unresized.",
        )
    scaled = stretch(heat, upper_percent=_BRIGHTEST_PERCENT)[..., None]
    grey = image.mean(axis=-1, keepdims=True) / 255.0 * _PHOTO_BRIGHTNESS
    colours = matplotlib.colormaps[_MAP](scaled[..., 0])[..., :3]
    mixed = grey * (1 - scaled) + colours * scaled
    return np.asarray(np.rint(np.clip(mixed, 0, 1) * 255), np.uint8)


def colour_values(values: NDArray[np.float32], *, colours: str = "viridis") -> RgbImage:
    """Show a map of any numbers by colours, from its lowest to its highest.

    Args:
        values: (H, W).
        colours: Name of a colour map of matplotlib.

    Returns:
        (H, W, 3) uint8.
    """
    lowest, highest = float(values.min()), float(values.max())
    scaled = (values - lowest) / (highest - lowest) if highest > lowest else values * 0.0
    return np.asarray(np.rint(matplotlib.colormaps[colours](scaled)[..., :3] * 255), np.uint8)


def stretch(heat: NDArray[np.float32], *, upper_percent: float) -> NDArray[np.float32]:
    """Brighten a map so that a percentile of what is above 0 becomes 1.

    Args:
        heat: (H, W), ≥ 0.
        upper_percent: The percentile.

    Returns:
        (H, W) in [0, 1].
    """
    limit = float(np.percentile(heat, upper_percent))
    limit = limit if limit > 0 else float(heat.max(initial=0.0))
    return np.clip(heat / limit, 0, 1).astype(np.float32) if limit > 0 else heat
