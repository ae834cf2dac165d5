"""Keras data sets over a tile store."""

import math
from concurrent.futures import Future, ThreadPoolExecutor

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.augmentation.batches import (
    Batch,
    MakeTargets,
    augmented_batch,
    balanced_rows,
    batch_rows,
)
from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.errors import ParameterError
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.distribution import WHOLE, Part


class TrainingBatches(keras.utils.PyDataset):
    """Endless augmented batches, each a function of (seed, global step) alone.

    Args:
        store: An open tile store.
        policy: What augmentation may do; None leaves the tiles as they are.
        batch_size: Tiles a batch.
        seed: Seed of order and transforms.
        first_step: Global step of the first batch; above 0 when a training goes on.
        crack_free_share: Share of the drawn tiles that show no crack; None draws all alike.
        targets: Makes the targets of tiles; None for their masks or labels.
        part: What of each batch this process computes; the batch itself is the same in all.

    Raises:
        ParameterError: If tiles of one kind are to be drawn and there are none.
    """

    def __init__(
        self,
        store: TileStore,
        policy: AugmentationPolicy | None,
        *,
        batch_size: int,
        seed: int,
        first_step: int = 0,
        crack_free_share: float | None = None,
        targets: MakeTargets | None = None,
        part: Part = WHOLE,
    ) -> None:
        super().__init__()
        self._own = part.slice_of(batch_size)
        self._store = store
        self._rows = store.rows_of("train")
        self._policy = policy
        self._batch_size = batch_size
        self._seed = seed
        self._first_step = first_step
        self._targets = targets
        self._share = crack_free_share
        is_cracked = show_crack(store)[self._rows]
        self._cracked, self._crack_free = self._rows[is_cracked], self._rows[~is_cracked]
        if crack_free_share is not None:
            _require_kinds(len(self._cracked), len(self._crack_free), crack_free_share)

    @property
    def num_batches(self) -> None:
        """None: the batches never end."""
        return

    def __getitem__(self, index: int) -> Batch:
        step = self._first_step + index
        return augmented_batch(
            self._store,
            self._rows_at(step),
            policy=self._policy,
            step=step,
            seed=self._seed,
            targets=self._targets,
            own=self._own,
        )

    def _rows_at(self, step: int) -> NDArray[np.int64]:
        drawn = {"step": step, "batch_size": self._batch_size, "seed": self._seed}
        if self._share is None:
            return batch_rows(self._rows, **drawn)
        if self._share == 0:
            return batch_rows(self._cracked, **drawn)
        return balanced_rows(self._cracked, self._crack_free, share=self._share, **drawn)


class ValidationBatches(keras.utils.PyDataset):
    """Each validation tile once, in order, as it is.

    On several devices every batch must divide among them: up to one tile less than there are
    devices is left out at the end.

    Args:
        store: An open tile store.
        batch_size: Tiles a batch; the last batch may be smaller.
        targets: Makes the targets of tiles; None for their masks or labels.
        part: What of each batch this process computes.

    Raises:
        ParameterError: If there are fewer tiles than devices.
    """

    def __init__(
        self,
        store: TileStore,
        *,
        batch_size: int,
        targets: MakeTargets | None = None,
        part: Part = WHOLE,
    ) -> None:
        super().__init__()
        self._store = store
        rows = store.rows_of("validation")
        if len(rows) < part.multiple:
            raise ParameterError(
                "Validation needs a tile for each device.",
                received=f"{len(rows)} validation tiles, {part.multiple} devices",
                remedy="Lower training.distribution.devices, or add validation photos.",
            )
        self._rows = rows[: len(rows) - len(rows) % part.multiple]
        self._batch_size = batch_size
        self._targets = targets
        self._part = part

    @property
    def num_batches(self) -> int:
        """Number of batches, the smaller last one included."""
        return math.ceil(len(self._rows) / self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self._rows[index * self._batch_size : (index + 1) * self._batch_size]
        return augmented_batch(
            self._store,
            rows,
            policy=None,
            step=0,
            seed=0,
            targets=self._targets,
            own=self._part.slice_of(len(rows)),
        )


def show_crack(store: TileStore) -> NDArray[np.bool_]:
    """Find the tiles that show crack.

    Args:
        store: An open tile store.

    Returns:
        (N,) bool, by the mask where there are masks, else by the label.
    """
    column = "label" if store.masks is None else "crack_share"
    return np.asarray(store.index[column].to_numpy(dtype=float) > 0)


def _require_kinds(n_cracked: int, n_crack_free: int, share: float) -> None:
    if n_cracked == 0 or (share > 0 and n_crack_free == 0):
        raise ParameterError(
            "`crack_free_share` needs train tiles with crack, and above 0 also tiles without.",
            received=f"{share:g}; {n_cracked} train tiles with crack, {n_crack_free} without",
            remedy="Set crack_free_share: null in the training parameters, or add such photos.",
        )


_AHEAD_PER_THREAD = 2


class PrefetchedBatches(keras.utils.PyDataset):
    """The batches of another data set, made before they are asked for.

    Keras's own worker threads give an endless data set's batches in another order on JAX once an
    epoch has ended, and with one worker they make none ahead there.

    Args:
        batches: An endless data set whose batches depend on their index alone.
        threads: How many make batches at once; 1 makes each when it is asked for.
    """

    def __init__(self, batches: keras.utils.PyDataset, *, threads: int) -> None:
        super().__init__()
        self._batches = batches
        self._ahead = _AHEAD_PER_THREAD * threads
        self._pool = ThreadPoolExecutor(threads, "batches") if threads > 1 else None
        self._pending: dict[int, Future[Batch]] = {}

    @property
    def num_batches(self) -> None:
        """None: the batches never end."""
        return

    def __getitem__(self, index: int) -> Batch:
        if self._pool is None:
            return self._batches[index]  # type: ignore[no-any-return]
        for passed in [number for number in self._pending if number < index]:
            self._pending.pop(passed).cancel()
        for number in range(index, index + self._ahead):
            if number not in self._pending:
                self._pending[number] = self._pool.submit(self._batches.__getitem__, number)
        return self._pending.pop(index).result()

    def close(self) -> None:
        """End the threads; batches that nobody asked for are dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pending.clear()
