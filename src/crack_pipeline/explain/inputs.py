"""What of a photo the network is shown to be explained: one tile, or the whole photo resized."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from crack_pipeline.images.equalization import equalize
from crack_pipeline.images.resizing import pad_to_at_least
from crack_pipeline.prediction.label import prepare_input
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import TilingSettings
from crack_pipeline.types import BinaryMask, RgbImage


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedInput:
    """Input of a network, with masks cut or resized as it was.

    Attributes:
        photo: (T, T, 3) uint8.
        masks: Name → (T, T) of {0, 1}.
    """

    photo: RgbImage
    masks: dict[str, BinaryMask]


def cut_tile(
    image: RgbImage,
    masks: Mapping[str, BinaryMask],
    info: ModelInfo,
    *,
    wanted: BinaryMask,
) -> ExplainedInput:
    """Cut the tile that holds most of what is wanted.

    Args:
        image: (H, W, 3) uint8.
        masks: Name → (H, W) of {0, 1}.
        info: The tile's side and the equalisation.
        wanted: (H, W) of {0, 1}, 1 where truth or prediction is crack.

    Returns:
        The tile; the middle of the photo where nothing is wanted. A photo smaller than a tile is
        extended by reflection, as for prediction.
    """
    side = info.tile_px
    y, x = place_tile(pad_to_at_least(wanted, side), side)
    place = (slice(y, y + side), slice(x, x + side))
    photo = pad_to_at_least(np.ascontiguousarray(equalize(image, info.equalization)), side)[place]
    cut = {name: pad_to_at_least(mask, side)[place].copy() for name, mask in masks.items()}
    return ExplainedInput(photo.copy(), cut)


def resize_whole(
    image: RgbImage, masks: Mapping[str, BinaryMask], info: ModelInfo
) -> ExplainedInput:
    """Resize a photo as for classification.

    Args:
        image: (H, W, 3) uint8.
        masks: Name → (H, W) of {0, 1}.
        info: The input's side and the equalisation.

    Returns:
        The input; masks are resized by the nearest pixel.
    """
    size = (info.tile_px, info.tile_px)
    resized = {
        name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
        for name, mask in masks.items()
    }
    return ExplainedInput(prepare_input(image, TilingSettings.from_model_info(info)), resized)


def place_tile(wanted: BinaryMask, side_px: int) -> tuple[int, int]:
    """Find the tile that holds most of a mask.

    Args:
        wanted: (H, W) of {0, 1}; both sides at least ``side_px``.
        side_px: Side of the tile.

    Returns:
        Row and column of its upper left corner; of equally full tiles the one nearest to the
        middle of the photo.
    """
    sums = cv2.integral(wanted, sdepth=cv2.CV_64F)
    held = sums[side_px:, side_px:] - sums[:-side_px, side_px:]
    held -= sums[side_px:, :-side_px] - sums[:-side_px, :-side_px]
    rows, columns = np.nonzero(held == held.max())
    middle_y, middle_x = ((length - 1) / 2 for length in held.shape)
    nearest = int(np.argmin((rows - middle_y) ** 2 + (columns - middle_x) ** 2))
    return int(rows[nearest]), int(columns[nearest])
