"""Photos that a classifier labels: a heat map of where it sees cracks, and no crack by itself."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from crack_pipeline.figures.palette import PREDICTION
from crack_pipeline.inspection.heat_map import HeatMap
from crack_pipeline.types import ProbabilityMap, RgbImage
from crack_pipeline.wording.numbers import PERCENT, format_number

_STRONGEST = 0.6
"""Share of the colour where a crack is certain."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPhoto:
    """What a classifier says of a photo; is written and drawn like a ``PhotoMeasurement``.

    Attributes:
        photo: (H, W, 3) uint8.
        heat: Probabilities of its parts.
        name: Path of the photo below its folder.
    """

    photo: RgbImage
    heat: HeatMap
    name: str = "photo"

    @property
    def label(self) -> str:
        """Either "crack" or "no crack"."""
        return self.heat.label

    @property
    def probability(self) -> ProbabilityMap:
        """(H, W) of the windows that a pixel lies in."""
        return self.heat.probability

    def overlay(self) -> RgbImage:
        """Tint the photo where the classifier sees cracks; (H, W, 3) uint8."""
        return self.draw(self.photo, 1.0)

    def draw(self, picture: RgbImage, zoom: float) -> RgbImage:
        """Tint the photo as ``make_picture`` has resized it."""
        height, width = picture.shape[:2]
        heat = cv2.resize(self.probability, (width, height), interpolation=cv2.INTER_AREA)
        share = (_STRONGEST * heat)[..., None]
        tinted = picture * (1 - share) + share * np.array(PREDICTION)
        return np.asarray(np.rint(tinted), np.uint8)

    def summarize(self) -> dict[str, Any]:
        """Columns of ``photos.csv``."""
        height, width = self.photo.shape[:2]
        share = format_number(self.heat.crack_share, PERCENT)
        return {
            "width_px": width,
            "height_px": height,
            "label": self.label,
            "probability": round(self.heat.highest, 6),
            "verdict": f"Crack seen in {share} of the windows of {self.heat.window_px} px.",
        }
