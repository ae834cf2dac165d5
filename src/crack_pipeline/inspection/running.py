"""Predict the photos of a folder: each is read, predicted, measured and written on its own."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from crack_pipeline.errors import CrackPipelineError, ImageReadError, StorageError
from crack_pipeline.images.reading import decode_photo, read_bytes
from crack_pipeline.ingestion.listing import mask_file_name
from crack_pipeline.inspection.listing import ListedPhotos, list_photos
from crack_pipeline.inspection.settings import PredictionSettings
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import apply_threshold
from crack_pipeline.progress import track
from crack_pipeline.storage import explain_write_errors, write_bytes_aside

logger = logging.getLogger(__name__)

_WRITE_RULE = "What is found in photos is written beside them."


def predict_folder(bundle: ModelBundle, settings: PredictionSettings) -> list[dict[str, Any]]:
    """Predict all photos of a folder.

    Args:
        bundle: The model, with its decision.
        settings: Photos, scale and folder of the results.

    Returns:
        A record a photo.

    Raises:
        ParameterError: If the model has no decision, or a path is wrong.
        SourceError: If there is no photo.
        StorageError: If results cannot be written.
    """
    bundle.require_decision()
    listed = list_photos(settings.photos, settings.output)
    return list(
        track(
            _predict_each(bundle, settings, listed),
            total=len(listed.files),
            description="Predicting photos",
            unit="photos",
        )
    )


def _predict_each(
    bundle: ModelBundle, settings: PredictionSettings, listed: ListedPhotos
) -> Iterator[dict[str, Any]]:
    for name, path in listed.files.items():
        try:
            yield _predict_one(bundle, settings, name, path)
        except StorageError:
            raise
        except CrackPipelineError as error:
            logger.warning("%s cannot be predicted: %s", name, error.received)
            yield {"photo": name, "status": "failed", "reason": error.received}


def _predict_one(
    bundle: ModelBundle, settings: PredictionSettings, name: str, path: Path
) -> dict[str, Any]:
    data = read_bytes(path)
    photo = decode_photo(data, max_megapixels=settings.max_megapixels).pixels
    mask = apply_threshold(bundle.predict_map(photo), bundle.threshold)
    good, encoded = cv2.imencode(".png", mask * 255)
    if not good:
        raise ImageReadError("A mask is written as PNG.", received=f"{mask.shape}", remedy="")
    target = settings.output / "masks" / mask_file_name(name)
    with explain_write_errors(_WRITE_RULE, settings.output):
        write_bytes_aside(target, encoded.tobytes())
    return {
        "photo": name,
        "status": "done",
        "reason": "",
        "sha256": hashlib.sha256(data).hexdigest(),
        "crack_area_share": float(np.count_nonzero(mask)) / mask.size,
    }
