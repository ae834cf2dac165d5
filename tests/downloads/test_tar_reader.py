"""What tarfile itself does not notice."""

import io
import tarfile
from pathlib import Path

import pytest
from tests.downloads.archives import build_tar, make_files

from crack_pipeline.downloads.members import CutOffError
from crack_pipeline.downloads.tar_reader import open_tar

FILES = make_files(3000)


def _save(folder: Path, content: bytes) -> Path:
    archive = folder / "photos.tar"
    archive.write_bytes(content)
    return archive


@pytest.mark.parametrize("n_members", [1, 2, 3])
def test_a_tar_that_ends_between_two_members_is_cut_off(tmp_path: Path, n_members: int) -> None:
    padded_bytes = 512 + 3072
    archive = _save(tmp_path, build_tar(FILES)[: n_members * padded_bytes])
    with open_tar(archive) as members, pytest.raises(CutOffError, match="ends without one"):
        for member in members:
            list(member.read())


def test_names_that_are_no_utf8_can_be_written_to_tables(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1"
    ) as writer:
        writer.addfile(tarfile.TarInfo("béton.jpg"))
    with open_tar(_save(tmp_path, buffer.getvalue())) as members:
        assert [member.name for member in members] == ["béton.jpg"]


def test_files_of_one_archive_are_read_one_after_the_other(tmp_path: Path) -> None:
    with open_tar(_save(tmp_path, build_tar(FILES, "gz"))) as members:
        assert {member.name: b"".join(member.read()) for member in members} == FILES
