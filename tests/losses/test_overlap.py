"""Losses against values worked out by hand."""

import numpy as np
import pytest
from keras import ops

from crack_pipeline.losses.overlap import LOSSES, BatchDice, BceDice

TRUTH = np.array([[1, 0], [0, 0]], np.float32)[None, ..., None]
HALF = np.full((1, 2, 2, 1), 0.5, np.float32)


def test_dice_by_hand():
    # overlap .5, total 1 + 2: 1 − (2·.5 + 1) / (3 + 1) = .5
    assert float(BatchDice()(TRUTH, HALF)) == pytest.approx(0.5)


def test_dice_pools_the_batch():
    empty = np.zeros_like(TRUTH)
    truth, predicted = np.concatenate([TRUTH, empty]), np.concatenate([TRUTH, empty])
    assert float(BatchDice()(truth, predicted)) == pytest.approx(0.0)


def test_bce_dice_by_hand():
    assert float(BceDice()(TRUTH, HALF)) == pytest.approx(np.log(2) + 0.5, rel=1e-5)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_finite_on_empty_and_full_masks(name, fill):
    truth = np.full((2, 4, 4, 1), fill, np.float32)
    for predicted in (truth, 1 - truth):
        assert np.isfinite(float(ops.convert_to_numpy(LOSSES[name]()(truth, predicted))))


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_config_round_trip(name):
    loss = LOSSES[name]()
    again = type(loss).from_config(loss.get_config())
    assert float(again(TRUTH, HALF)) == pytest.approx(float(loss(TRUTH, HALF)))
