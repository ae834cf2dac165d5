"""Crack probabilities of whole photos, for classification."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.resizing import equalize, resize_image
from crack_pipeline.prediction.photo import PredictBatch, TileBatch, TilingSettings
from crack_pipeline.prediction.views import MaskViews, apply_view, list_views
from crack_pipeline.types import RgbImage


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
    for chunk in _batches(inputs, settings.batch_size):
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
        answers.append(predict_batch(seen))
        _require_shape(answers[-1], seen)
    return np.asarray(np.mean(answers, axis=0), np.float32)


def _batches(inputs: Iterator[RgbImage], size: int) -> Iterator[list[RgbImage]]:
    while chunk := list(islice(inputs, size)):
        yield chunk


def _require_shape(probabilities: NDArray[np.float32], batch: TileBatch) -> None:
    if probabilities.shape != batch.shape[:1]:
        raise ShapeError(
            "A classification model must give one probability a photo.",
            received=f"photos {batch.shape}, probabilities {probabilities.shape}",
            remedy="Use a model whose output is (N, 1) for an input of (N, H, W, 3).",
        )
