"""``kill -9`` of a training, then the same command again: it ends as if nothing had happened.

The recipe is one that has everything with a state: two stages, averaged weights, accumulated
gradients, dropout, a plateau, early stopping.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.training.stores import write_line_store

from crack_pipeline.training.array_files import read_arrays

SCRIPT = Path(__file__).with_name("interrupted_training.py")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_line_store(tmp_path_factory.mktemp("tiles") / "store").path


def _start(store: Path, output: Path, *where: str, **variables: str) -> "subprocess.Popen[str]":
    output.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(store), str(output), *where],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: "subprocess.Popen[str]", output: Path) -> dict[str, Any]:
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 0, printed
    return json.loads((output / "result.json").read_text())


def _kill_when_it_waits(process: "subprocess.Popen[str]", output: Path) -> None:
    while not (output / "waiting").exists():
        if process.poll() is not None:
            pytest.fail(f"it ended before it was killed:\n{process.communicate()[0]}")
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (output / "waiting").unlink()


def _read_progress(output: Path) -> dict[str, Any]:
    (state,) = (output / "unfinished").glob("*/state.npz")
    return json.loads(read_arrays(state)["progress"].tobytes())


@pytest.fixture(scope="module")
def uninterrupted(store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    output = tmp_path_factory.mktemp("whole")
    return _finish(_start(store, output), output)


# Three batches an epoch. Checkpoints: 0 and 1 after the epochs of the first stage, 2 at its end,
# then 3 to 5. The first of them moves no other one away.
@pytest.mark.parametrize(
    ("where", "epochs_kept"),
    [
        ("epoch:1", 0),  # nothing is written yet
        ("epoch:4", 1),
        ("epoch:7", 2),  # first epoch of fine-tuning: seeds of dropout come from the stage before
        ("epoch:10", 3),
        ("write:1", 1),
        ("write:3", 2),
        ("between:2", 2),
    ],
)
@pytest.mark.slow  # the next one is killed at three of these places, one after another
def test_a_killed_training_ends_like_one_that_was_not(
    store, tmp_path, uninterrupted, where, epochs_kept
):
    output = tmp_path / "killed"
    _kill_when_it_waits(_start(store, output, where), output)
    again = _finish(_start(store, output), output)
    assert again.pop("resumed_at") == epochs_kept
    assert again == {name: value for name, value in uninterrupted.items() if name != "resumed_at"}


# Each process goes on where the one before was killed, and counts its own steps: within the second
# checkpoint, in the first epoch of fine-tuning, and in the second one of it.
def test_kills_and_a_damaged_checkpoint_change_nothing(store, tmp_path, uninterrupted):
    output = tmp_path / "killed"
    for where, epochs_kept in (("write:1", 1), ("epoch:4", 2), ("epoch:4", 3)):
        _kill_when_it_waits(_start(store, output, where), output)
        assert len(_read_progress(output)["history"]) == epochs_kept
    (state,) = (output / "unfinished").glob("*/state.npz")
    content = bytearray(state.read_bytes())
    content[len(content) // 3] ^= 0xFF
    state.write_bytes(content)
    again = _finish(_start(store, output), output)
    assert again.pop("resumed_at") == 2, "the damaged checkpoint costs an epoch"
    assert again == {name: value for name, value in uninterrupted.items() if name != "resumed_at"}


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{"HALF": "1"}, {"KERAS_BACKEND": "jax"}], ids=str)
def test_half_precision_and_jax_go_on_as_well(store, tmp_path, variables):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    expected = _finish(_start(store, whole, **variables), whole)
    _kill_when_it_waits(_start(store, killed, "epoch:7", **variables), killed)
    again = _finish(_start(store, killed, **variables), killed)
    assert again.pop("resumed_at") == 2
    assert again == {name: value for name, value in expected.items() if name != "resumed_at"}


@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=pytest.mark.slow)])
def test_a_loss_that_becomes_no_number_ends_it_and_leaves_the_checkpoint(store, tmp_path, backend):
    output = tmp_path / "spoilt"
    process = _start(store, output, "nan:4", KERAS_BACKEND=backend)
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 1
    (state,) = (output / "unfinished").glob("*/state.npz")
    assert f"loss nan at step 4; the last good checkpoint stays in {state}" in printed
    assert _read_progress(output)["epoch"] == 1
