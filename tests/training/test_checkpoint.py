"""Checkpoints: what comes back, and what happens where one of them is damaged or another's."""

import logging
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.averaging import averaged_weights
from crack_pipeline.training.best_weights import restore_best, save_best
from crack_pipeline.training.checkpoint import (
    TrainingProgress,
    load_state,
    restore_model,
    restore_optimizer,
    save_state,
)

KEY = "a key"


def _model(seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01, use_ema=True), "mse")
    return model


def _epoch(
    folder: Path, model: keras.Model, progress: TrainingProgress, *, is_best: bool
) -> list[np.ndarray]:
    """Train a batch, keep it as an epoch; its averaged weights."""
    model.train_on_batch(np.ones((4, 3)), np.ones((4, 1)))
    progress.epoch += 1
    progress.history.append({"epoch": float(progress.epoch)})
    if is_best:
        progress.best_epoch, progress.best_value = progress.epoch, 1.0
        save_best(folder, progress.best_epoch, model)
    save_state(folder, progress, model)
    with averaged_weights(model):
        return [np.array(weight) for weight in model.get_weights()]


def _best(folder: Path, epoch: int) -> list[np.ndarray]:
    model = _model(seed=1)
    restore_best(folder, epoch, model)
    return model.get_weights()


def _all_equal(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def test_weights_seeds_and_optimizer_come_back(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    _epoch(tmp_path, model, progress, is_best=True)
    state = load_state(tmp_path, KEY)
    assert state is not None
    assert state.progress == progress
    again = _model(seed=1)
    restore_model(state, again)
    restore_optimizer(state, again)
    after = [m.train_on_batch(np.ones((4, 3)), np.ones((4, 1))) for m in (model, again)]
    assert after[0] == after[1]
    assert _all_equal(model.get_weights(), again.get_weights())
    for mine, other in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_nothing_comes_from_an_empty_folder(tmp_path):
    assert load_state(tmp_path, KEY) is None


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_checkpoint_gives_way_to_the_one_before_and_to_its_best(tmp_path, caplog, cut):
    model, progress = _model(), TrainingProgress("id", KEY)
    first = _epoch(tmp_path, model, progress, is_best=True)
    _epoch(tmp_path, model, progress, is_best=True)
    path = tmp_path / "state.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content[:100] if cut else content)
    with caplog.at_level(logging.WARNING):
        state = load_state(tmp_path, KEY)
    assert state is not None
    assert (state.progress.epoch, state.progress.best_epoch) == (1, 1)
    assert _all_equal(_best(tmp_path, 1), first)
    assert "state.npz" in caplog.text
    assert "after epoch 1" in caplog.text


def test_the_good_checkpoint_outlives_the_next_one(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    _epoch(tmp_path, model, progress, is_best=True)
    _epoch(tmp_path, model, progress, is_best=False)
    (tmp_path / "state.npz").write_bytes(b"damaged")
    state = load_state(tmp_path, KEY)
    assert state is not None
    _epoch(tmp_path, model, state.progress, is_best=True)  # epoch 2 again
    (tmp_path / "state.npz").write_bytes(b"damaged again")
    state = load_state(tmp_path, KEY)
    assert state is not None
    assert (state.progress.epoch, state.progress.best_epoch) == (1, 1)


def test_two_damaged_checkpoints_are_refused(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    for _ in range(2):
        _epoch(tmp_path, model, progress, is_best=True)
    (tmp_path / "state.npz").write_bytes(b"damaged")
    (tmp_path / "state_before.npz").write_bytes(b"")
    with pytest.raises(TrainingError, match=r"state\.npz.*state_before\.npz.*Delete that folder"):
        load_state(tmp_path, KEY)


def test_damaged_best_weights_give_way_to_those_before(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    for _ in range(2):
        _epoch(tmp_path, model, progress, is_best=True)
    for path in tmp_path.glob("best_00002*"):
        path.write_bytes(b"damaged")
    state = load_state(tmp_path, KEY)
    assert state is not None
    assert state.progress.best_epoch == 1
    with pytest.raises(
        TrainingError, match=r"best epoch must be readable.*best_00002\.npz: .*best_00002_copy\.npz"
    ):
        restore_best(tmp_path, 2, model)


@pytest.mark.parametrize("name", ["best_00001.npz", "best_00001_copy.npz"])
def test_one_damaged_file_of_the_best_weights_is_written_anew(tmp_path, caplog, name):
    model, progress = _model(), TrainingProgress("id", KEY)
    best = _epoch(tmp_path, model, progress, is_best=True)
    _epoch(tmp_path, model, progress, is_best=False)  # both states name one best epoch
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        state = load_state(tmp_path, KEY)
    assert state is not None
    assert state.progress.epoch == 2
    assert f"{name}: its 7 bytes do not match" in caplog.text
    assert (tmp_path / name).read_bytes() == whole
    assert _all_equal(_best(tmp_path, 1), best)


def test_damaged_best_weights_of_both_states_are_told_once(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    _epoch(tmp_path, model, progress, is_best=True)
    _epoch(tmp_path, model, progress, is_best=False)
    for path in tmp_path.glob("best_*"):
        path.write_bytes(b"damaged")
    with pytest.raises(TrainingError, match="Delete that folder") as refused:
        load_state(tmp_path, KEY)
    assert refused.value.received.count("best_00001.npz") == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_a_kill_between_the_two_renames_loses_one_epoch(tmp_path, is_first):
    model, progress = _model(), TrainingProgress("id", KEY)
    _epoch(tmp_path, model, progress, is_best=True)
    if not is_first:
        _epoch(tmp_path, model, progress, is_best=True)
    (tmp_path / "state.npz").replace(tmp_path / "state_before.npz")
    state = load_state(tmp_path, KEY)
    assert state is not None
    assert state.progress == progress


def test_only_the_best_weights_of_the_two_checkpoints_are_kept(tmp_path):
    model, progress = _model(), TrainingProgress("id", KEY)
    for is_best in (True, True, False, True):
        _epoch(tmp_path, model, progress, is_best=is_best)
    assert sorted(path.name for path in tmp_path.glob("best_*")) == [
        "best_00002.npz",
        "best_00002_copy.npz",
        "best_00004.npz",
        "best_00004_copy.npz",
    ]


def test_the_checkpoint_of_another_job_is_refused(tmp_path):
    _epoch(tmp_path, _model(), TrainingProgress("id", "another key"), is_best=True)
    with pytest.raises(TrainingError, match="same data, parameters and code"):
        load_state(tmp_path, KEY)


def test_the_checkpoint_of_another_network_is_refused(tmp_path):
    _epoch(tmp_path, _model(), TrainingProgress("id", KEY), is_best=True)
    state = load_state(tmp_path, KEY)
    assert state is not None
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(TrainingError, match="must fit the network"):
        restore_model(state, other)
