"""Where a classifier sees cracks: it slides over a photo, and its answers are blended."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.figures.palette import PREDICTION
from crack_pipeline.images.resizing import pad_to_at_least
from crack_pipeline.inspection.limits import say_unlike
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import require_photo
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.types import ProbabilityMap, RgbImage
from crack_pipeline.wording.numbers import PERCENT, format_number

_LEAST_WEIGHT = 1e-3
_STRONGEST = 0.6
"""Share of the colour where a crack is certain."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Crack probability of the parts of a photo, from a classifier.

    Attributes:
        probability: (H, W) float32, the windows' probabilities blended.
        windows: (R, C) float64 probability of each window, from the top left on.
        window_px: Side of a window.
        threshold: From which probability on a window shows a crack.
    """

    probability: ProbabilityMap
    windows: NDArray[np.float64]
    window_px: int
    threshold: float

    @property
    def crack_share(self) -> float:
        """Share of the windows that show a crack."""
        return float((self.windows >= self.threshold).mean())

    @property
    def highest(self) -> float:
        """Largest probability of a window: the photo's.

        A photo shows a crack where any part of it does. Of a photo in one window it is what
        ``predict_labels`` gives; the more windows, the more chances of a false alarm.
        """
        return float(self.windows.max())

    @property
    def label(self) -> str:
        """Either "crack", where a window shows one, or "no crack"."""
        return "crack" if self.highest >= self.threshold else "no crack"


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPhoto:
    """A photo with the label of a classifier; it is written and drawn like a ``PhotoMeasurement``.

    Attributes:
        photo: (H, W, 3) uint8.
        heat: Probabilities of its parts.
        name: Path of the photo below its folder.
        unlike: In what it is unlike the photos of the training; empty for in nothing.
    """

    photo: RgbImage
    heat: HeatMap
    name: str = "photo"
    unlike: str = ""

    @property
    def label(self) -> str:
        """Either "crack", where a window shows one, or "no crack"."""
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
            "unlike_training": self.unlike,
            "verdict": f"{say_unlike(self.unlike)}Crack seen in {share} of the windows of "
            f"{self.heat.window_px} px.",
        }


def make_heat_map(bundle: ModelBundle, photo: RgbImage, *, window_px: int | None = None) -> HeatMap:
    """Slide a classifier over a photo in steps of half a window.

    A window is as large as the photos of training were, so that the network sees cracks at the
    size that it knows, and is equalised and resized as they were. A photo no larger than a window
    is taken whole; one that is narrower in one direction is extended by reflection. Windows are
    cut one batch at a time: beside the photo and the map, memory does not grow with either.

    Args:
        bundle: A classifier with its decision.
        photo: (H, W, 3) uint8 of any size.
        window_px: Side of a window; None takes the side of the training photos from the bundle,
            or the photo's shorter side where it is not known.

    Returns:
        Probabilities of windows and pixels.

    Raises:
        ParameterError: If the model marks pixels, or has no decision.
        ShapeError: If it is no photo.

    Source:
        Blending as in :func:`crack_pipeline.prediction.photo.blending_window`.

    >>> from crack_pipeline.prediction.decision import Decision
    >>> from crack_pipeline.prediction.model_info import ModelInfo
    >>> class Dark:
    ...     def predict_on_batch(self, x):
    ...         return 1 - x.mean(axis=(1, 2, 3)) / np.float32(255)
    >>> info = ModelInfo(task="classification", model="dark", tile_px=4)
    >>> bundle = ModelBundle(Dark(), info, Decision(threshold=0.7, views="none"))
    >>> photo = np.full((8, 24, 3), 255, np.uint8)
    >>> photo[:, :6] = 0
    >>> heat = make_heat_map(bundle, photo, window_px=8)
    >>> heat.windows.tolist(), heat.label, heat.crack_share
    ([[0.75, 0.25, 0.0, 0.0, 0.0]], 'crack', 0.2)
    """
    threshold, photo = bundle.threshold, require_photo(photo)
    height, width = photo.shape[:2]
    known = bundle.measurement and bundle.measurement.training_side_px
    side = window_px or known or min(height, width)
    rows, columns = (tile_starts(length, side, side // 2) for length in (height, width))
    probabilities = bundle.predict_labels(_cut_windows(photo, rows, columns, side))
    windows = np.fromiter(probabilities, np.float64).reshape(len(rows), len(columns))
    down, across = _weigh_windows(height, rows, side), _weigh_windows(width, columns, side)
    blended = down @ windows.astype(np.float32) @ across.T
    np.clip(blended, 0.0, 1.0, out=blended)
    return HeatMap(blended, windows, side, threshold)


def _cut_windows(
    photo: RgbImage, rows: list[int], columns: list[int], side: int
) -> Iterator[RgbImage]:
    is_whole = max(photo.shape[:2]) <= side
    for y, x in product(rows, columns):
        window = photo[y : y + side, x : x + side]
        yield window if is_whole else pad_to_at_least(window, side)


def _weigh_windows(length_px: int, starts: list[int], side: int) -> NDArray[np.float32]:
    """(L, K): share of each window in each pixel of one side; the shares of a pixel sum to 1.

    >>> _weigh_windows(6, [0, 2], 4)[:, 0].round(2)
    array([1.  , 1.  , 0.85, 0.15, 0.  , 0.  ], dtype=float32)
    """
    position = np.arange(length_px)[:, None] - np.array(starts)[None] + 0.5
    inside = (position > 0) & (position < side)
    weights = np.where(inside, np.maximum(np.sin(np.pi * position / side) ** 2, _LEAST_WEIGHT), 0)
    shares: NDArray[np.float32] = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return shares
