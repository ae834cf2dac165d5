"""Batches that threads make while the device computes the steps before them."""

from concurrent.futures import Future, ThreadPoolExecutor

import keras

from crack_pipeline.augmentation.batches import Batch

_AHEAD_PER_THREAD = 2


class MadeAhead(keras.utils.PyDataset):
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
            return self._make(index)
        for passed in [number for number in self._pending if number < index]:
            self._pending.pop(passed).cancel()
        for number in range(index, index + self._ahead):
            if number not in self._pending:
                self._pending[number] = self._pool.submit(self._make, number)
        return self._pending.pop(index).result()

    def close(self) -> None:
        """End the threads; batches that nobody asked for are dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pending.clear()

    def _make(self, index: int) -> Batch:
        batch: Batch = self._batches[index]
        return batch
