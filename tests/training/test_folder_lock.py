"""A second process is kept out of a training's folder, and let in when the first one ends."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crack_pipeline.errors import StorageError, TrainingError
from crack_pipeline.training.checkpoint_folders import close_training, prepare_folder
from crack_pipeline.training.folder_lock import hold_folder, release_folder

_HOLD = """
import sys
from pathlib import Path
from crack_pipeline.training.folder_lock import hold_folder

hold_folder(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that holds the folder ``held``."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "held")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_is_named_and_its_end_frees_the_folder(tmp_path, other):
    with pytest.raises(TrainingError, match=rf"held, in which process {other.pid} on .* trains"):
        prepare_folder(tmp_path, "held")
    other.kill()
    other.wait()
    folder = prepare_folder(tmp_path, "held")
    close_training(folder)
    assert not folder.exists()


def test_checkpoints_in_use_are_not_removed(tmp_path, other, caplog):
    with caplog.at_level(logging.WARNING):
        close_training(tmp_path / "held")
    assert (tmp_path / "held").exists()
    assert "The checkpoints stay. One process at a time" in caplog.text


def test_a_process_that_keeps_nothing_passes_by(tmp_path, other):
    assert prepare_folder(tmp_path, "held", writes=False) == tmp_path / "held"


def test_one_process_may_hold_a_folder_again(tmp_path):
    for _ in range(2):
        hold_folder(tmp_path / "held")
    release_folder(tmp_path / "held")
    release_folder(tmp_path / "held")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Checkpoints need a folder"):
        prepare_folder(tmp_path / "file", "held")
    close_training(tmp_path / "not there")
