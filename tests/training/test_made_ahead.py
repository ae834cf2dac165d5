"""Batches made ahead are those of the data set, in its order, and the threads end."""

import threading
import time

import keras
import numpy as np
import pytest

from crack_pipeline.training.made_ahead import MadeAhead


class Counting(keras.utils.PyDataset):
    """Batch i holds i; early ones take longest, so that threads finish in another order."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.made: list[int] = []
        self._fails_at = fails_at

    @property
    def num_batches(self) -> None:
        return None

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == self._fails_at:
            raise OSError("the disk is gone")
        time.sleep(0.004 / (1 + index))
        self.made.append(index)
        return np.full(1, index), np.zeros(1)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_order_is_kept(threads):
    ahead = MadeAhead(Counting(), threads=threads)
    assert [int(ahead[i][0][0]) for i in range(30)] == list(range(30))
    ahead.close()


def test_a_jump_back_or_forward_gives_what_was_asked_for():
    ahead = MadeAhead(Counting(), threads=3)
    # TensorFlow looks at the first batches before it begins.
    assert [int(ahead[i][0][0]) for i in (0, 1, 0, 1, 2, 40, 41, 7)] == [0, 1, 0, 1, 2, 40, 41, 7]
    ahead.close()


def test_only_a_few_are_made_ahead():
    counting = Counting()
    ahead = MadeAhead(counting, threads=2)
    ahead[0]
    time.sleep(0.1)
    assert max(counting.made) == 3
    ahead.close()


def test_an_error_reaches_who_asked():
    ahead = MadeAhead(Counting(fails_at=2), threads=2)
    ahead[0], ahead[1]
    with pytest.raises(OSError, match="the disk is gone"):
        ahead[2]
    ahead.close()


def test_closing_ends_the_threads():
    before = threading.active_count()
    ahead = MadeAhead(Counting(), threads=4)
    ahead[0]
    ahead.close()
    assert threading.active_count() == before
