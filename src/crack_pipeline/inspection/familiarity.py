"""Whether a photo is like those that a model was trained on, in words, and at which size it is."""

from typing import Literal

import cv2
import numpy as np

from crack_pipeline.images.appearance import measure_appearance, measure_detail
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.embedding import Embedder
from crack_pipeline.prediction.training_range import Aspect, Look, TrainingRange
from crack_pipeline.types import ProbabilityLevels, ProbabilityMap, RgbImage
from crack_pipeline.wording.phrases import list_words

PredictionScale = Literal["native", "auto"]

_WORDS: dict[Aspect, str] = {
    "detail": "its finest detail is another, as of a photo that was enlarged, blurred or sharpened",
    "dark": "it is darker",
    "bright": "it is brighter",
    "compressed": "it is more strongly compressed",
    "features": "the network sees a surface that is none of those",
}


def find_range(bundle: ModelBundle) -> TrainingRange | None:
    """Limits of the model's training photos; None of a model that was evaluated before."""
    return None if bundle.measurement is None else bundle.measurement.training_range


def choose_zoom(bundle: ModelBundle, photo: RgbImage, scale: PredictionScale) -> float:
    """Choose the size at which a photo is predicted, as a factor.

    Args:
        bundle: The model.
        photo: (H, W, 3) uint8.
        scale: ``auto`` tries several; ``native`` leaves the photo as it is.

    Returns:
        The factor; 1 where the training photos are not known.
    """
    known = find_range(bundle)
    if scale == "native" or known is None:
        return 1.0
    return known.choose_zoom(lambda zoom: measure_detail(photo, zoom))


def resize_photo(photo: RgbImage, zoom: float) -> RgbImage:
    """Resize a photo by a factor; (H, W, 3) uint8."""
    if zoom == 1:
        return photo
    mode = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    height, width = (max(round(side * zoom), 1) for side in photo.shape[:2])
    return np.asarray(cv2.resize(photo, (width, height), interpolation=mode), np.uint8)


def predict_zoomed(
    bundle: ModelBundle, photo: RgbImage, zoom: float
) -> ProbabilityMap | ProbabilityLevels:
    """Predict a photo at another size; the map is that of the photo's own pixels.

    Args:
        bundle: The model.
        photo: (H, W, 3) uint8.
        zoom: Factor of the size.

    Returns:
        (H, W) probabilities.
    """
    found = bundle.predict_compact_map(resize_photo(photo, zoom))
    if zoom == 1:
        return found
    size = photo.shape[1], photo.shape[0]
    enlarged = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR)
    if found.dtype == np.uint16:
        return np.asarray(enlarged, np.uint16)
    return np.asarray(enlarged, np.float32)


def describe_unlike(bundle: ModelBundle, photo: RgbImage, *, zoom: float = 1.0) -> str:
    """Say in what a photo is unlike those of the training.

    Args:
        bundle: The model.
        photo: (H, W, 3) uint8, as the network saw it.
        zoom: Factor by which it was resized before.

    Returns:
        Words; empty where it is like them, or nobody knows.
    """
    known = find_range(bundle)
    if known is None:
        return ""
    embedder = None if known.features is None else Embedder.of(bundle)
    features = None if embedder is None else embedder.embed(photo)
    look = Look(measure_appearance(photo), features)
    unlike = [_WORDS[one] for one in known.list_unlike(look)]
    if zoom != 1:
        unlike.insert(0, f"its detail is that of training at {zoom:g} of its size")
    return list_words(unlike) if unlike else ""
