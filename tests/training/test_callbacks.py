"""What the callbacks do while a network is trained."""

import math
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.callbacks import (
    StateKeeper,
    StopOnNan,
    read_callback_state,
    write_callback_state,
)
from crack_pipeline.training.checkpoint import TrainingProgress
from crack_pipeline.training.checkpoint_folders import TrainingFolders


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_at_its_step(loss: float, tmp_path: Path):
    callback = StopOnNan(first_step=40, folder=tmp_path)
    callback.on_train_batch_end(0, {"loss": 0.5})
    with pytest.raises(TrainingError, match=rf"loss {loss} at step 41; no epoch.*learning_rate"):
        callback.on_train_batch_end(1, {"loss": loss})
    (tmp_path / "state.npz").touch()
    with pytest.raises(TrainingError, match=r"last good checkpoint stays in \S+state\.npz"):
        callback.on_train_batch_end(1, {"loss": loss})


def test_a_process_that_keeps_nothing_does_not_say_that_nothing_is_kept(tmp_path: Path):
    callback = StopOnNan(first_step=0, folder=tmp_path, writes=False)
    with pytest.raises(TrainingError, match="loss nan at step 0; process 0 says which"):
        callback.on_train_batch_end(0, {"loss": math.nan})


def test_weights_that_validate_to_no_number_are_not_kept(tmp_path: Path):
    callback = StopOnNan(first_step=0, folder=tmp_path)
    callback.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.5})
    with pytest.raises(TrainingError, match="val_loss nan at step 0"):
        callback.on_epoch_end(1, {"loss": 0.5, "val_loss": math.nan})


@pytest.mark.parametrize(
    ("monitor", "values", "best"),
    [
        ("val_f1", [0.2, 0.5, 0.5, 0.4], 2),  # the first of two equal ones
        ("val_loss", [0.2, 0.1, 0.3, 0.05], 4),
    ],
)
def test_the_best_epoch_is_the_highest_f1_or_the_lowest_loss(tmp_path, monitor, values, best):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    progress = TrainingProgress("id", "key")
    reported = []
    keeper = StateKeeper(
        TrainingFolders(tmp_path, tmp_path),
        progress,
        monitor=monitor,
        stateful=[],
        report_epoch=lambda entry, epoch: reported.append((epoch, entry[monitor])),
    )
    keeper.set_model(model)
    for epoch, value in enumerate(values):
        model.set_weights([np.full((1, 1), value), np.zeros(1)])
        keeper.on_epoch_begin(epoch)
        keeper.on_test_begin()
        logs = {"loss": 1.0, "f1": 0.0, "val_loss": 1.0, "val_f1": 0.0, monitor: value}
        keeper.on_epoch_end(epoch, logs)
    assert (progress.best_epoch, progress.best_value) == (best, values[best - 1])
    assert reported == [(number + 1, value) for number, value in enumerate(values)]
    kept = np.load(tmp_path / f"best_{best:05d}.npz")
    assert kept["model/0"] == np.float32(values[best - 1])


def test_counters_of_callbacks_come_back():
    stopping = keras.callbacks.EarlyStopping("val_f1", patience=3)
    stopping.wait, stopping.best, stopping.best_epoch = 2, 0.5, 4
    again = keras.callbacks.EarlyStopping("val_f1", patience=3)
    write_callback_state([again], read_callback_state([stopping, keras.callbacks.History()]))
    assert (again.wait, again.best, again.best_epoch) == (2, 0.5, 4)
