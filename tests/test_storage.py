import errno
from pathlib import Path

import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.storage import explain_write_errors, write_aside


def test_file_is_written_into_a_new_folder(tmp_path: Path) -> None:
    write_aside(tmp_path / "new" / "a.txt", lambda path: path.write_text("whole"))
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.txt"]


def test_failed_writing_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_aside(tmp_path / "a.txt", fail)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "disk full.*Free some space"),
        (errno.EACCES, "the system's words.*write permission"),
    ],
)
def test_error_says_what_to_do(number: int, remedy: str, tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=rf"^Kept here\. Received: {remedy}"),
        explain_write_errors("Kept here.", tmp_path),
    ):
        raise OSError(number, "the system's words")
