"""What a network makes of a photo: its coarsest features."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.images.appearance import spread_windows
from crack_pipeline.images.resizing import equalize, pad_to_at_least
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import RgbImage

_FLOOR = 1e-3


class Embedder:
    """The part of a network that ends at its coarsest map of features.

    Args:
        bundle: The model; its network is loaded.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        import keras

        self._bundle = bundle
        self._tile_px = bundle.info.tile_px
        network = bundle.keras_model
        maps = [
            layer.output
            for layer in network.layers
            if not isinstance(layer.output, list | tuple) and len(layer.output.shape) == 4
        ]
        probe = keras.Model(network.inputs, maps)
        seen = probe.predict_on_batch(np.zeros((1, self._tile_px, self._tile_px, 3), np.uint8))
        sizes = [np.prod(one.shape[1:3]) for one in seen]
        coarsest = min(size for size in sizes if size > 1)
        last = max(number for number, size in enumerate(sizes) if size == coarsest)
        self._network: Any = keras.Model(network.inputs, maps[last])

    @classmethod
    def of(cls, bundle: ModelBundle) -> "Embedder | None":
        """The embedder of a model, made once; None of networks that see no tiles of a photo."""
        sees_tiles = task_spec(bundle.info.task).truth == "masks"
        return (
            _embedder_of(bundle) if sees_tiles and hasattr(bundle.keras_model, "layers") else None
        )

    def embed(self, photo: RgbImage) -> NDArray[np.float64]:
        """Mean of each feature over up to four tiles, and the logarithm of its spread.

        Args:
            photo: (H, W, 3) uint8.

        Returns:
            (2 F,) of F features.
        """
        equalization = self._bundle.tiling.equalization
        tiles = [
            pad_to_at_least(equalize(window, equalization), self._tile_px)
            for window in spread_windows(photo, self._tile_px, per_side=2)
        ]
        found = [self._network.predict_on_batch(tile[None])[0] for tile in tiles]
        values = np.asarray(found, np.float64)
        return np.concatenate([values.mean((0, 1, 2)), np.log(values.std((0, 1, 2)) + _FLOOR)])


@lru_cache(maxsize=1)
def _embedder_of(bundle: ModelBundle) -> Embedder:
    return Embedder(bundle)
