"""What a disk refuses is told with what to do."""

import io
from pathlib import Path
from typing import Any

import pytest

from crack_pipeline.downloads.disk import disk_faults, hold_alone, require_room, write_all
from crack_pipeline.errors import DownloadError, StorageError


def test_room_is_looked_for_on_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    require_room(tmp_path / "not" / "yet", 1, "a test")
    with pytest.raises(StorageError, match=r"free at .*yet, 1000000\.0 TB needed"):
        require_room(tmp_path / "not" / "yet", 10**18, "a test")


def test_a_chunk_is_written_whole_however_little_is_taken_at_a_time() -> None:
    class Reluctant(io.BytesIO):
        def write(self, chunk: Any) -> int:
            return super().write(bytes(chunk)[:3])

    file = Reluctant()
    write_all(file, b"0123456789")
    assert file.getvalue() == b"0123456789"


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="Correct the folder"), hold_alone(tmp_path / "file"):
        pass


def test_a_folder_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), hold_alone(tmp_path):
        raise KeyError
    with hold_alone(tmp_path), pytest.raises(DownloadError), hold_alone(tmp_path):
        pass


def test_errors_that_the_disk_did_not_raise_pass(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a number"), disk_faults(tmp_path, ""):
        raise OSError("not a number")
