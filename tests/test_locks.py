"""A lock keeps other processes out, and ends with the one that holds it."""

import errno
import os
import socket
import subprocess
import sys

import pytest
from filelock import FileLock

from crack_pipeline.locks import lock_file, name_holder, release_file

HOLD = """
import sys
from pathlib import Path
from crack_pipeline.locks import lock_file

lock = lock_file(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_no_lock(tmp_path):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert lock_file(path) is None
        process.kill()
        process.wait()
        lock = lock_file(path)
    assert lock is not None
    assert lock.is_locked
    lock.release()
    again = lock_file(path)
    assert again is not None
    again.release()


def test_a_missing_folder_is_made_and_a_file_in_its_place_is_told(tmp_path):
    lock = lock_file(tmp_path / "new" / "lock")
    assert lock is not None
    lock.release()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        lock_file(tmp_path / "file" / "lock")


def test_where_the_system_cannot_lock_a_file_is_the_lock(tmp_path, monkeypatch):
    def refuse(self, **_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    path = tmp_path / "lock"
    lock = lock_file(path)
    assert lock is not None
    assert lock_file(path) is None, "a file beside it is the lock"
    assert str(os.getpid()) in name_holder(path)
    release_file(path, lock)
    again = lock_file(path)
    assert again is not None
    release_file(path, again)
    assert name_holder(path) == "another process"


def test_a_file_that_a_dead_process_left_as_a_lock_is_taken_over(tmp_path, monkeypatch):
    def refuse(self, **_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    (tmp_path / "lock.held").write_text(f"{2**22 + 1}\n{socket.gethostname()}\n")
    lock = lock_file(tmp_path / "lock")
    assert lock is not None
    release_file(tmp_path / "lock", lock)
