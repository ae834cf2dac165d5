import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion


def as_tuple(counts: ConfusionCounts) -> tuple[int, int, int, int]:
    return (
        int(counts.true_positive),
        int(counts.false_positive),
        int(counts.false_negative),
        int(counts.true_negative),
    )


def test_counts_a_hand_drawn_mask():
    truth = [[1, 1, 0], [0, 1, 0]]
    predicted = [[1, 0, 1], [0, 1, 1]]
    assert as_tuple(count_confusion(truth, predicted)) == (2, 2, 1, 1)


def test_counts_add_up_to_all_pixels():
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((2, 40, 30)) > 0.5
    assert sum(as_tuple(count_confusion(truth, predicted))) == 1200


def test_pools_over_photos_and_picks_one():
    counts = ConfusionCounts(*(np.array([[k, k + 1], [10, 20]]) for k in range(4)))
    assert counts.true_positive.shape == (2, 2)
    assert counts.pooled().true_positive.tolist() == [10, 21]
    assert counts.at((slice(None), 1)).false_positive.tolist() == [2, 20]


def test_refuses_masks_of_different_size():
    with pytest.raises(ShapeError, match=r"truth \(2, 2\), prediction \(2, 3\)"):
        count_confusion(np.zeros((2, 2)), np.zeros((2, 3)))
