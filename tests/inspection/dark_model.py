"""A model without training, photos that it finds cracks in, and the settings to look at them."""

import cv2
import numpy as np
from tests.prediction.stand_ins import FunctionNetwork

from crack_pipeline.inspection.settings import PredictionParams
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo

MASKS = ModelInfo(
    task="segmentation", model="dark", tile_px=64, overlap_px=16, weights_digest="d1ce"
)
LABELS = ModelInfo(task="classification", model="dark", tile_px=32, weights_digest="d1ce")


class CountingNetwork(FunctionNetwork):
    """Dark is crack; counts its batches, and may do something else at one of them."""

    def __init__(self, *, labels=False, at=None, do=None):
        self.batches = 0
        self.labels, self.at, self.do = labels, at, do
        super().__init__(self.look)

    def look(self, batch):
        self.batches += 1
        if self.batches == self.at:
            self.do()
        dark = 1 - batch[..., :1].astype(np.float32) / 255
        return dark.max(axis=(1, 2)) if self.labels else dark


def make_bundle(network=None, *, info=MASKS, threshold=0.5):
    return ModelBundle(
        network or CountingNetwork(labels=info is LABELS),
        info,
        Decision(threshold=threshold, views="none"),
    )


def draw_photo(path, *, row=20, side=64):
    """A bright photo with a dark bar of 4 px, 40 px long."""
    photo = np.full((side, side, 3), 255, np.uint8)
    photo[row : row + 4, 12:52] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", photo)[1].tobytes())
    return path


def settings_of(photos, output, **params):
    named = PredictionParams(photos=photos, output=output, **params)
    return named.resolve(output.parent)
