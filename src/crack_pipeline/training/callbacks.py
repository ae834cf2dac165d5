"""Callbacks of a training; the order in ``fitting.py`` matters."""

import logging
import math
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import pandas as pd
from tqdm import tqdm

from crack_pipeline.errors import TrainingError
from crack_pipeline.spreadsheets import write_sheet
from crack_pipeline.storage import explain_write_errors
from crack_pipeline.training.best_weights import save_best
from crack_pipeline.training.checkpoint import TrainingProgress, save_state
from crack_pipeline.training.checkpoint_folders import STATE_FILE, TrainingFolders

logger = logging.getLogger(__name__)

EpochReport = Callable[[dict[str, float], int], None]
"""Called with an epoch's metrics and its number from 1, as soon as the epoch ends."""

LOG_FILE = "training_log.csv"
_SECONDS_BETWEEN_LINES = 30.0


class StopOnNan(keras.callbacks.Callback):
    """End the training at the step whose loss is no number, before a checkpoint takes it over.

    Args:
        first_step: Global step of the first batch, from 0, for the message.
        folder: Where the checkpoints are kept, for the message.
        writes: Whether this process keeps them; process 0 does.
    """

    def __init__(self, first_step: int, folder: Path, *, writes: bool = True) -> None:
        super().__init__()
        self._step = first_step
        self._folder = folder
        self._writes = writes

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Check the loss of a step."""
        self._require_number("loss", logs)
        self._step += 1

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Check the validation: the last step of an epoch may have spoilt the weights."""
        self._require_number("val_loss", logs)

    def _require_number(self, name: str, logs: dict[str, float] | None) -> None:
        value = (logs or {}).get(name, 0.0)
        if math.isfinite(value):
            return
        raise TrainingError(
            "The loss must stay a finite number.",
            received=f"{name} {value} at step {self._step}; {self._describe_kept()}",
            remedy="Lower learning_rate, or set clip_norm, in the training parameters.",
        )

    def _describe_kept(self) -> str:
        checkpoint = self._folder / STATE_FILE
        if not self._writes:
            return "process 0 says which checkpoint it keeps"
        if checkpoint.exists():
            return f"the last good checkpoint stays in {checkpoint}"
        return "no epoch was whole, so there is no checkpoint"


class StepProgress(keras.callbacks.Callback):
    """Show the steps of an epoch: a bar in a terminal, a plain line now and then elsewhere.

    Args:
        steps: Batches an epoch.
        epochs: Epochs of the stage, for the label.
    """

    def __init__(self, steps: int, epochs: int) -> None:
        super().__init__()
        self._steps = steps
        self._epochs = epochs
        self._bar: Any = None
        self._label = ""
        self._last_line = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the bar."""
        self._label = f"Epoch {epoch + 1}/{self._epochs}"
        self._last_line = time.monotonic()
        if sys.stderr.isatty():
            self._bar = tqdm(total=self._steps, desc=self._label, unit=" steps", leave=False)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Move the bar, or say where the epoch is."""
        if self._bar is not None:
            self._bar.update(1)
            self._bar.set_postfix(loss=f"{(logs or {}).get('loss', math.nan):.4f}")
        elif time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            loss = (logs or {}).get("loss", math.nan)
            logger.info("%s: step %d of %d, loss %.4f", self._label, batch + 1, self._steps, loss)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class StateKeeper(keras.callbacks.Callback):
    """Keep best weights, history and the state to go on from; must be the last callback.

    Args:
        folders: Where state and logs are written.
        progress: Changed in place as epochs end.
        monitor: Name of the value that decides the best epoch.
        stateful: The callbacks whose state is kept as well.
        report_epoch: Told of each epoch.
        writes: Whether this process keeps anything; False follows the training only.
    """

    def __init__(
        self,
        folders: TrainingFolders,
        progress: TrainingProgress,
        *,
        monitor: str,
        stateful: list[keras.callbacks.Callback],
        report_epoch: EpochReport,
        writes: bool = True,
    ) -> None:
        super().__init__()
        self._writes = writes
        self._folders = folders
        self._progress = progress
        self._monitor = monitor
        self._stateful = stateful
        self._report_epoch = report_epoch
        self._started = 0.0
        self._trained = 0.0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Undo the resets that the other callbacks made when the fit began."""
        write_callback_state(self._stateful, self._progress.callbacks)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take the time."""
        self._started = time.monotonic()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Take the time at which the epoch's steps are done and its validation begins."""
        self._trained = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Record the epoch, then write the state."""
        entry = self._record(logs or {})
        self._progress.epoch = epoch + 1
        self._progress.callbacks = read_callback_state(self._stateful)
        if self.model.stop_training:
            self._progress.epoch = self.params["epochs"]
        if not self._writes:
            return
        with explain_write_errors("The log of a training is written to disk.", self._folders.logs):
            log = write_sheet(pd.DataFrame(self._progress.history))
            (self._folders.logs / LOG_FILE).write_text(log, "utf-8", newline="")
        save_state(self._folders.state, self._progress, self.model)
        self._report_epoch(entry, int(entry["epoch"]))

    def _record(self, logs: dict[str, float]) -> dict[str, float]:
        progress = self._progress
        entry = {
            "epoch": float(len(progress.history) + 1),
            "stage": float(progress.stage),
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            **{name: float(value) for name, value in logs.items() if name != "learning_rate"},
            "seconds_training": self._trained - self._started,
            "seconds": time.monotonic() - self._started,
        }
        progress.history.append(entry)
        value = entry[self._monitor]
        improved = progress.best_value is None or (
            value < progress.best_value if "loss" in self._monitor else value > progress.best_value
        )
        if improved:
            progress.best_value, progress.best_epoch = value, int(entry["epoch"])
            if self._writes:
                save_best(self._folders.state, progress.best_epoch, self.model)
        _log_epoch(entry, improved=improved)
        return entry


def _log_epoch(entry: dict[str, float], *, improved: bool) -> None:
    names = [name for name in entry if f"val_{name}" in entry]
    logger.info(
        "Epoch %d: %s%s (%.0f s)",
        entry["epoch"],
        ", ".join(
            f"{of}{name} {entry[key + name]:.4f}"
            for of, key in (("", ""), ("validation ", "val_"))
            for name in names
        ),
        ", best so far" if improved else "",
        entry["seconds"],
    )


# What decides the further course of Keras' callbacks, by class: all plain numbers.
_CALLBACK_STATE = {
    "EarlyStopping": ("wait", "best", "best_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
}


def read_callback_state(
    callbacks: Iterable[keras.callbacks.Callback],
) -> dict[str, dict[str, float]]:
    """State of the callbacks that have one, by class name."""
    return {
        type(callback).__name__: {
            name: float(getattr(callback, name))
            for name in _CALLBACK_STATE[type(callback).__name__]
        }
        for callback in callbacks
        if type(callback).__name__ in _CALLBACK_STATE
    }


def write_callback_state(
    callbacks: Iterable[keras.callbacks.Callback], state: dict[str, dict[str, float]]
) -> None:
    """Give the callbacks the state that ``read_callback_state`` returned."""
    for callback in callbacks:
        for name, value in state.get(type(callback).__name__, {}).items():
            setattr(callback, name, value)
