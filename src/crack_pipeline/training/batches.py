"""Keras data sets over a tile store."""

import math

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.augmentation.batches import augmented_batch, batch_rows
from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.tiles.store import TileStore

Batch = tuple[NDArray[np.uint8], NDArray[np.float32]]


class TrainingBatches(keras.utils.PyDataset):
    """Endless augmented batches, each a function of (seed, global step) alone.

    Args:
        store: An open tile store.
        policy: What augmentation may do; None leaves the tiles as they are.
        batch_size: Tiles a batch.
        seed: Seed of order and transforms.
        first_step: Global step of the first batch; above 0 when a training goes on.
    """

    def __init__(
        self,
        store: TileStore,
        policy: AugmentationPolicy | None,
        *,
        batch_size: int,
        seed: int,
        first_step: int = 0,
    ) -> None:
        super().__init__()
        self._store = store
        self._rows = store.rows_of("train")
        self._policy = policy
        self._batch_size = batch_size
        self._seed = seed
        self._first_step = first_step

    @property
    def num_batches(self) -> None:
        """None: the batches never end."""
        return

    def __getitem__(self, index: int) -> Batch:
        step = self._first_step + index
        rows = batch_rows(self._rows, step=step, batch_size=self._batch_size, seed=self._seed)
        return augmented_batch(self._store, rows, policy=self._policy, step=step, seed=self._seed)


class ValidationBatches(keras.utils.PyDataset):
    """Each validation tile once, in order, as it is.

    Args:
        store: An open tile store.
        batch_size: Tiles a batch; the last batch may be smaller.
    """

    def __init__(self, store: TileStore, *, batch_size: int) -> None:
        super().__init__()
        self._store = store
        self._rows = store.rows_of("validation")
        self._batch_size = batch_size

    @property
    def num_batches(self) -> int:
        """Number of batches, the smaller last one included."""
        return math.ceil(len(self._rows) / self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self._rows[index * self._batch_size : (index + 1) * self._batch_size]
        return augmented_batch(self._store, rows, policy=None, step=0, seed=0)
