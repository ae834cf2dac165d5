"""The model that ``mlflow.pyfunc.load_model`` gives: photos in, masks or labels out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crack_pipeline.prediction.bundle import ModelBundle


class PhotoModel:
    """Predicts photos as evaluation does.

    Args:
        bundle: The model.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle

    def predict(self, photos: Any) -> dict[str, Any] | list[dict[str, Any]]:
        """Predict one photo or several.

        Args:
            photos: One photo, (H, W, 3) uint8 of any size; or several as (N, H, W, 3), or as a list
                of photos of any sizes.

        Returns:
            From ``ModelBundle.decide``: a dictionary for one photo, a list of them for several.

        Raises:
            ParameterError: If the model was not evaluated, so that it has no threshold.
            ShapeError: If something is no photo.
        """
        if isinstance(photos, list | tuple):
            return self._predict_all(photos)
        if isinstance(photos, np.ndarray) and photos.ndim == 4:
            return self._predict_all(list(photos))
        return self._predict_all([photos])[0]

    def _predict_all(self, photos: Sequence[Any]) -> list[dict[str, Any]]:
        self.bundle.require_decision()
        return [self.bundle.decide(found) for found in self.bundle.predict_each(photos)]


def _load_pyfunc(path: str) -> PhotoModel:
    """Load the model; MLflow calls this function by its name."""
    return PhotoModel(ModelBundle.from_folder(path))
