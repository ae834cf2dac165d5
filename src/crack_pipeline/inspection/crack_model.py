"""A trained model as a Python program uses it: a photo in, its cracks out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from crack_pipeline.images.reading import read_image
from crack_pipeline.inspection.familiarity import choose_zoom, describe_unlike, predict_zoomed
from crack_pipeline.inspection.heat_map import HeatMap, LabelledPhoto, make_heat_map
from crack_pipeline.inspection.measuring import PhotoMeasurement, measure_photo
from crack_pipeline.inspection.settings import PredictionParams, read_params
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import require_photo
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import ProbabilityLevels, ProbabilityMap, RgbImage

Prediction: TypeAlias = ProbabilityMap | ProbabilityLevels | HeatMap
"""Probabilities of pixels, or of parts of the photo."""


@dataclass(frozen=True, slots=True)
class CrackModel:
    """A trained and evaluated model.

    Attributes:
        bundle: Network, facts and decision.

    >>> import numpy as np
    >>> from crack_pipeline.prediction.decision import Decision
    >>> from crack_pipeline.prediction.model_info import ModelInfo
    >>> class Dark:
    ...     def predict_on_batch(self, x):
    ...         return 1 - x[..., :1] / np.float32(255)
    >>> info = ModelInfo(task="segmentation", model="dark", tile_px=64, overlap_px=0)
    >>> model = CrackModel(ModelBundle(Dark(), info, Decision(threshold=0.5, views="none")))
    >>> photo = np.full((64, 64, 3), 255, np.uint8)
    >>> photo[30:34] = 0
    >>> model.measure(photo, mm_per_px=0.5).cracks[["mean_width_mm", "length_mm"]].round(1)
       mean_width_mm  length_mm
    0            2.0       32.0
    """

    bundle: ModelBundle

    def measure(
        self, photo: str | Path | RgbImage, *, mm_per_px: float | None = None, **settings: Any
    ) -> PhotoMeasurement | LabelledPhoto:
        """Find and measure the cracks in a photo.

        Args:
            photo: A file of any kind that ingestion reads, or (H, W, 3) uint8.
            mm_per_px: Size of a pixel on the surface in mm; None leaves figures in px.
            **settings: Others of ``PredictionParams``: ``scale``, ``scale_error``, ``limit_mm``, ….

        Returns:
            ``.cracks``, ``.mask``, ``.probability`` and ``.overlay()``; of a classifier ``.label``
            and a heat map.

        Raises:
            ImageReadError: If the file is no whole image.
            ParameterError: If a setting is out of its range.
            ShapeError: If it is no photo.
        """
        params = read_params({"mm_per_px": mm_per_px, **settings})
        name = "photo"
        if isinstance(photo, str | Path):
            name, photo = Path(photo).name, read_image(photo)
        pixels = require_photo(photo)
        return self.judge(pixels, self.predict(pixels, params), params, name)

    def predict(self, photo: RgbImage, params: PredictionParams) -> Prediction:
        """Predict the probability of crack in each pixel, or in parts of the photo."""
        if task_spec(self.bundle.info.task).truth == "labels":
            return make_heat_map(self.bundle, photo)
        return predict_zoomed(self.bundle, photo, choose_zoom(self.bundle, photo, params.scale))

    def judge(
        self, photo: RgbImage, prediction: Prediction, params: PredictionParams, name: str
    ) -> PhotoMeasurement | LabelledPhoto:
        """Measure cracks, or label the photo, from what was predicted."""
        if isinstance(prediction, HeatMap):
            return LabelledPhoto(photo, prediction, name, describe_unlike(self.bundle, photo))
        return measure_photo(self.bundle, photo, prediction, params, name)
