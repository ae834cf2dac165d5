"""Probabilities of whole photos: of blended tiles for segmentation, of each for classification."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.resizing import (
    Equalization,
    equalize,
    pad_to_at_least,
    resize_image,
    resize_probability,
)
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.views import MaskViews, apply_view, list_views
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.types import (
    LEVELS,
    ProbabilityLevels,
    ProbabilityMap,
    RgbImage,
)

TileBatch: TypeAlias = NDArray[np.uint8]
"""(N, T, T, 3) uint8."""

PredictBatch: TypeAlias = Callable[[TileBatch], NDArray[np.float32]]
"""Gives (N, T, T) float32 probabilities for N tiles, or (N,) for N photos."""

_BY_PIXEL = ("segmentation", "a pixel of each tile", "tiles", "(N, H, W, 1)")
_BY_PHOTO = ("classification", "a photo", "photos", "(N, 1)")

_MOST_LEVEL = 255
_STRIP_PX = 256
_LEAST_WEIGHT = 1e-3
"""Weight of a tile's outermost pixels: above 0, since a photo's corner lies in one tile only."""


@dataclass(frozen=True, slots=True)
class TilingSettings:
    """How a photo becomes the input of a network: cut into tiles, or resized as a whole.

    Attributes:
        tile_px: Side of a tile, or of the whole photo once it is resized, in px.
        overlap_px: Least overlap of neighbouring tiles in px.
        equalization: Histogram equalisation of the photo before that.
        batch_size: Most tiles or photos that are predicted at once.
        views: Test-time augmentation: probabilities are the mean over these views of the photo.
    """

    tile_px: int
    overlap_px: int = 0
    equalization: Equalization = "none"
    batch_size: int = 8
    views: MaskViews = "none"

    @classmethod
    def from_model_info(cls, info: ModelInfo, *, views: MaskViews = "none") -> "TilingSettings":
        """The input that a model was trained with, with as many views as wanted."""
        return cls(info.tile_px, info.overlap_px or 0, info.equalization, info.batch_size, views)


def require_photo(photo: object) -> RgbImage:
    """Check that something is a photo.

    Args:
        photo: (H, W, 3) integers from 0 to 255.

    Returns:
        The photo, uint8.

    Raises:
        ShapeError: If it is none.

    >>> require_photo(np.zeros((2, 2, 3), int)).dtype
    dtype('uint8')
    """
    array = np.asarray(photo)
    is_photo = array.ndim == 3 and array.shape[-1] == 3 and array.size and array.dtype.kind in "ui"
    if is_photo and array.dtype != np.uint8:
        is_photo = array.min() >= 0 and array.max() <= _MOST_LEVEL
    if not is_photo:
        received = type(photo).__name__
        if isinstance(photo, np.ndarray):
            received = f"{photo.dtype} array of shape {photo.shape}"
        raise ShapeError(
            "A photo must be an H×W×3 array of integers from 0 to 255, red first.",
            received=received,
            remedy="Pass one photo, a batch (N, H, W, 3) or a list of photos; "
            "`crack_pipeline.images.reading.read_image` reads a file.",
        )
    return np.ascontiguousarray(array, dtype=np.uint8)


def predict_photo(
    image: RgbImage, predict_batch: PredictBatch, settings: TilingSettings
) -> ProbabilityMap:
    """Predict the crack probability of each pixel of a photo of any size.

    Each tile is weighted by a window that falls towards its border, where a network sees least,
    so that no seam shows. A photo smaller than a tile is extended by reflection and cut back.

    Args:
        image: (H, W, 3) uint8, as ``read_image`` gives it.
        predict_batch: Gives (N, T, T) probabilities for (N, T, T, 3) tiles.
        settings: The tiling that the model was trained with.

    Returns:
        (H, W) float32 probabilities in [0, 1].

    Raises:
        ShapeError: If ``predict_batch`` gives another shape than its tiles have.
        ParameterError: If the overlap leaves no step between tiles.

    >>> photo = np.full((2, 3, 3), 51, np.uint8)
    >>> predict_photo(photo, lambda tiles: tiles[..., 0] / np.float32(255), TilingSettings(4))[0]
    array([0.2, 0.2, 0.2], dtype=float32)
    """
    total = _sum_views(np.zeros(image.shape[:2], np.float32), image, predict_batch, settings)
    total /= np.float32(len(list_views(settings.views)))
    return total


def predict_levels(
    image: RgbImage, predict_batch: PredictBatch, settings: TilingSettings
) -> ProbabilityLevels:
    """Predict as ``predict_photo`` does, in less memory, for photos of hundreds of megapixels.

    Beside the photo, 3 bytes a pixel, it holds the result of 2 and, where the settings ask for
    them, the equalised photo of 3 and for a view at three quarters of the size a photo of 1.7
    and a map of 1.1; while a mirrored photo is resized, another 3.

    Args:
        image: (H, W, 3) uint8.
        predict_batch: Gives (N, T, T) probabilities for (N, T, T, 3) tiles.
        settings: The tiling that the model was trained with.

    Returns:
        (H, W) uint16 probabilities as shares of 65 535, exact to one level per view.

    Raises:
        ShapeError: If ``predict_batch`` gives another shape than its tiles have.
        ParameterError: If the overlap leaves no step between tiles.

    >>> photo = np.full((2, 3, 3), 51, np.uint8)
    >>> predict_levels(photo, lambda tiles: tiles[..., 0] / np.float32(255), TilingSettings(4))[0]
    array([13107, 13107, 13107], dtype=uint16)
    """
    return _sum_views(np.zeros(image.shape[:2], np.uint16), image, predict_batch, settings)


_Map = TypeVar("_Map", NDArray[np.float32], NDArray[np.uint16])

_Strips: TypeAlias = Iterator[tuple[slice, ProbabilityMap]]
"""Finished rows of a map from the top to the bottom, and where they belong."""


def _sum_views(
    total: _Map, image: RgbImage, predict_batch: PredictBatch, settings: TilingSettings
) -> _Map:
    """Add each view's map to the total, its rows as soon as no further tile covers them."""
    equalized = equalize(image, settings.equalization)
    views = list_views(settings.views)
    for number, view in enumerate(views):
        seen, seen_total = apply_view(equalized, view), apply_view(total, view)
        if view.zoom == 1:
            strips = _predict_strips(seen, predict_batch, settings)
        else:
            strips = _predict_zoomed(seen, view.zoom, predict_batch, settings, total.dtype)
        for rows, strip in strips:
            seen_total[rows] += _encode(strip, total.dtype, number, len(views))
    return total


def _encode(
    strip: ProbabilityMap, dtype: np.dtype[Any], number: int = 0, n_views: int = 1
) -> NDArray[Any]:
    """One view's share of a sum: as it is in float32, else in levels whose sum is in range.

    Source:
        Hermite's identity: the sum of ⌊x + k/n⌋ over k from 0 to n − 1 is ⌊n x⌋.
    """
    if dtype == np.float32:
        return strip
    shares = strip * np.float32(LEVELS / n_views) + np.float32((number + 0.5) / n_views)
    return shares.astype(dtype)


def _predict_zoomed(
    image: RgbImage,
    zoom: float,
    predict_batch: PredictBatch,
    settings: TilingSettings,
    dtype: np.dtype[Any],
) -> _Strips:
    height, width = image.shape[:2]
    width_px, height_px = (max(1, round(side * zoom)) for side in (width, height))
    resized = resize_image(image, width_px=width_px, height_px=height_px)
    zoomed = np.empty((height_px, width_px), dtype)
    for rows, strip in _predict_strips(resized, predict_batch, settings):
        zoomed[rows] = _encode(strip, dtype)
    del resized
    if dtype == np.float32:
        yield slice(None), resize_probability(zoomed, width_px=width, height_px=height)
    else:
        yield from _resize_by_strips(zoomed, height, width)


def _resize_by_strips(levels: ProbabilityLevels, height_px: int, width_px: int) -> _Strips:
    """Enlarge linearly, as ``resize_probability`` does, up to the rounding of float32."""
    n_rows = len(levels)
    for top in range(0, height_px, _STRIP_PX):
        rows = np.arange(top, min(top + _STRIP_PX, height_px))
        centres = np.clip((rows + 0.5) * n_rows / height_px - 0.5, 0, n_rows - 1)
        above = centres.astype(int)
        below = np.minimum(above + 1, n_rows - 1)
        needed = levels[above[0] : below[-1] + 1].astype(np.float32) / np.float32(LEVELS)
        wide = resize_probability(needed, width_px=width_px, height_px=len(needed))
        share = (centres - above).astype(np.float32)[:, None]
        strip = wide[above - above[0]] * (1 - share) + wide[below - above[0]] * share
        yield slice(top, top + len(rows)), strip


def _predict_strips(
    image: RgbImage, predict_batch: PredictBatch, settings: TilingSettings
) -> _Strips:
    height, width = image.shape[:2]
    padded = pad_to_at_least(image, settings.tile_px)
    window = blending_window(settings.tile_px)
    open_rows = np.zeros((2, settings.tile_px, padded.shape[1]), np.float32)
    top = 0
    for (rows, columns), probability in _predict_tiles(padded, predict_batch, settings):
        if rows.start > top:
            n_finished = rows.start - top
            yield slice(top, rows.start), _blend(open_rows[:, :n_finished, :width])
            open_rows[:, :-n_finished] = open_rows[:, n_finished:]
            open_rows[:, -n_finished:] = 0
            top = rows.start
        open_rows[0, :, columns] += probability * window
        open_rows[1, :, columns] += window
    yield slice(top, height), _blend(open_rows[:, : height - top, :width])


def _blend(sums: NDArray[np.float32]) -> ProbabilityMap:
    weighted, weights = sums
    blended: ProbabilityMap = np.clip(weighted / weights, 0.0, 1.0)
    return blended


@cache
def blending_window(tile_px: int) -> NDArray[np.float32]:
    """Weights of a tile's pixels: a Hann window in each direction, never 0.

    Args:
        tile_px: Side of the tile in px, ≥ 1.

    Returns:
        (T, T) float32 in (0, 1], highest in the middle, symmetric; read-only.

    Source:
        Pielawski, N., Wählby, C. (2020), Introducing Hann windows for reducing edge-effects in
        patch-based image segmentation, https://doi.org/10.1371/journal.pone.0229839
    """
    position = (np.arange(tile_px) + 0.5) / tile_px
    profile = np.sin(np.pi * position) ** 2
    window = np.maximum(np.outer(profile, profile), _LEAST_WEIGHT).astype(np.float32)
    window.setflags(write=False)
    return window


def even_batch_size(n_items: int, most: int) -> int:
    """Size of equal batches that hold all items with the least padding.

    Args:
        n_items: Number of items, ≥ 1.
        most: Largest size allowed, ≥ 1.

    Returns:
        The size; as many batches of it as a size of ``most`` would need.
    """
    n_batches = -(-n_items // most)
    return -(-n_items // n_batches)


def _predict_tiles(
    image: RgbImage, predict_batch: PredictBatch, settings: TilingSettings
) -> Iterator[tuple[tuple[slice, slice], NDArray[np.float32]]]:
    side = settings.tile_px
    rows = tile_starts(image.shape[0], side, settings.overlap_px)
    columns = tile_starts(image.shape[1], side, settings.overlap_px)
    places = [(slice(y, y + side), slice(x, x + side)) for y, x in product(rows, columns)]
    size = even_batch_size(len(places), settings.batch_size)
    batch = np.zeros((size, side, side, 3), np.uint8)
    for first in range(0, len(places), size):
        chosen = places[first : first + size]
        for slot, place in enumerate(chosen):
            batch[slot] = image[place]
        # The last batch keeps its size, with earlier tiles in its spare slots, so that the
        # network is traced for one shape only.
        probabilities = _predict_checked(batch, predict_batch, by_pixel=True)
        yield from zip(chosen, probabilities, strict=False)


def _predict_checked(
    batch: TileBatch, predict_batch: PredictBatch, *, by_pixel: bool
) -> NDArray[np.float32]:
    probabilities = predict_batch(batch)
    task, what, of, output = _BY_PIXEL if by_pixel else _BY_PHOTO
    if probabilities.shape != batch.shape[: 3 if by_pixel else 1]:
        raise ShapeError(
            f"A {task} model must give one probability {what}.",
            received=f"{of} {batch.shape}, probabilities {probabilities.shape}",
            remedy=f"Use a model whose output is {output} for an input of (N, H, W, 3).",
        )
    return probabilities


def predict_labels(
    images: Iterable[RgbImage], predict_batch: PredictBatch, settings: TilingSettings
) -> Iterator[float]:
    """Predict for each photo the probability that it shows a crack.

    Photos are taken one batch at a time, so memory does not grow with their number.

    Args:
        images: Photos of any size, (H, W, 3) uint8.
        predict_batch: Gives (N,) probabilities for (N, T, T, 3) photos.
        settings: The input that the model was trained with.

    Yields:
        One probability in [0, 1] a photo, in order.

    Raises:
        ShapeError: If ``predict_batch`` does not give one probability a photo.
    """
    inputs = (prepare_input(image, settings) for image in images)
    while chunk := list(islice(inputs, settings.batch_size)):
        filled = len(chunk)
        # Repeating the last photo keeps the batch's size: the network is traced for one shape.
        batch = np.stack(chunk + [chunk[-1]] * (settings.batch_size - filled))
        probabilities = _predict_views(batch, predict_batch, settings.views)
        yield from (float(value) for value in np.clip(probabilities[:filled], 0.0, 1.0))


def prepare_input(image: RgbImage, settings: TilingSettings) -> RgbImage:
    """Equalise and resize a photo as it was for training.

    Args:
        image: (H, W, 3) uint8.
        settings: The input that the model was trained with.

    Returns:
        (T, T, 3) uint8.
    """
    side = settings.tile_px
    return resize_image(equalize(image, settings.equalization), width_px=side, height_px=side)


def _predict_views(
    batch: TileBatch, predict_batch: PredictBatch, name: MaskViews
) -> NDArray[np.float32]:
    answers = []
    for view in list_views(name):
        seen = np.ascontiguousarray(apply_view(batch, view, first_axis=1))
        answers.append(_predict_checked(seen, predict_batch, by_pixel=False))
    return np.asarray(np.mean(answers, axis=0), np.float32)
