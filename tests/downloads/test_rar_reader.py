"""Compressed rar archives come through a program; here one that stands in for it."""

import stat
import sys
from pathlib import Path

import pytest
from tests.downloads.archives import build_rar, make_files

from crack_pipeline.downloads import DownloadSettings, unpack_archive
from crack_pipeline.errors import ArchiveError

LIMITS = DownloadSettings().limits
FILES = make_files(150_000)
COMPRESSED = 0x33


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive that says it is compressed; what its program writes lies beside it."""
    path = tmp_path / "photos.rar"
    path.write_bytes(build_rar(FILES, method=COMPRESSED))
    path.with_suffix(".content").write_bytes(b"".join(FILES.values()))
    return path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called unrar that writes ``<archive>.content``, as unrar writes the content."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "unrar"
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        "if sys.argv[1] == 'p':\n"
        "    content = pathlib.Path(sys.argv[-1]).with_suffix('.content').read_bytes()\n"
        "    sys.stdout.buffer.write(content)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return program


@pytest.mark.usefixtures("program")
def test_the_stream_of_the_program_is_divided_into_files(archive: Path, tmp_path: Path) -> None:
    target = unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)
    assert {name: (target / name).read_bytes() for name in FILES} == FILES


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("change", ["order", "end", "nothing"])
def test_what_comes_out_otherwise_is_refused_whole(
    archive: Path, tmp_path: Path, change: str
) -> None:
    contents = list(FILES.values())
    streams = {"order": contents[::-1], "end": [*contents[:-1], contents[-1][:-1]], "nothing": []}
    archive.with_suffix(".content").write_bytes(b"".join(streams[change]))
    with pytest.raises(ArchiveError, match="comes out otherwise"):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)
    assert not (tmp_path / "raw" / "unpacked").exists()


def test_without_a_program_the_way_out_is_named(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match=r"apt install unar.*download\.from=kaggle"):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)


def test_an_encrypted_rar_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "photos.rar"
    archive.write_bytes(build_rar(FILES, encrypted=True))
    with pytest.raises(ArchiveError, match="encrypted"):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)
