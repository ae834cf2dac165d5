"""Fetching over a connection that fails in every way a server can: cut, silent, slow, changed."""

import hashlib
import logging
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.downloads.archives import build_zip, make_files
from tests.downloads.offers import offer_http
from tests.downloads.servers import Fault, FileServer

from crack_pipeline.downloads import DownloadSettings, fetch_archive, transfer
from crack_pipeline.downloads.disk import hold_alone
from crack_pipeline.errors import DownloadError, StorageError

ZIP = build_zip(make_files(200_000))
OTHER_ZIP = build_zip(make_files(200_000, seed=50))
CUT = 300_000


def test_a_file_arrives_whole_and_nothing_else_stays(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    archive = fetch_archive(offer_http(server.serve("/a.zip", ZIP)), tmp_path / "raw", quick)
    assert archive == tmp_path / "raw" / "photos.zip"
    assert archive.read_bytes() == ZIP
    names = {path.name for path in archive.parent.iterdir()}
    assert names == {"photos.zip", "photos.zip.json", ".lock"}


def test_a_cut_connection_is_continued_where_it_was_cut(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail("/a.zip", Fault(cut_at=CUT))
    assert fetch_archive(offer_http(url), tmp_path, quick).read_bytes() == ZIP
    assert server.ranges("/a.zip") == [None, f"bytes={CUT}-"]
    assert server.asked("/a.zip")[1].headers["if-range"] == '"first"'


def test_what_came_before_giving_up_is_continued_by_the_next_run(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    server.fail_always("/a.zip", Fault(cut_at=CUT))
    with pytest.raises(DownloadError, match="was cut") as raised:
        fetch_archive(offer, tmp_path, quick)
    assert "goes on where it stopped" in raised.value.remedy
    assert (tmp_path / "photos.zip.part").stat().st_size == CUT
    assert not (tmp_path / "photos.zip").exists()
    server.always.clear()
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == ZIP
    assert server.ranges("/a.zip")[-1] == f"bytes={CUT}-"


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    server.fail_always("/a.zip", Fault(cut_at=CUT))
    with pytest.raises(DownloadError):
        fetch_archive(offer, tmp_path, DownloadSettings(retries=0))
    server.always.clear()
    server.serve("/a.zip", OTHER_ZIP, etag='"second"')
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == OTHER_ZIP


def test_a_server_that_ignores_if_range_is_found_out_by_its_etag(
    server: FileServer, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    server.fail_always("/a.zip", Fault(cut_at=CUT))
    with pytest.raises(DownloadError):
        fetch_archive(offer, tmp_path, DownloadSettings(retries=0))
    server.always.clear()
    changed = server.serve("/a.zip", OTHER_ZIP, etag='"second"')
    served = server.files["/a.zip"]
    served.honours_if_range = False
    assert changed == offer.address
    archive = fetch_archive(offer, tmp_path, DownloadSettings(retries=0))
    assert archive.read_bytes() == OTHER_ZIP
    assert server.ranges("/a.zip") == [None, f"bytes={CUT}-", None]


@pytest.mark.parametrize(
    "options",
    [{"etag": None}, {"etag": 'W/"weak"'}, {"ranges": False}],
    ids=["no mark of its version", "a weak mark only", "no ranges"],
)
def test_what_cannot_be_continued_safely_is_fetched_anew(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, options: dict[str, object]
) -> None:
    url = server.serve("/a.zip", ZIP, **options)
    server.fail("/a.zip", Fault(cut_at=CUT))
    assert fetch_archive(offer_http(url), tmp_path, quick).read_bytes() == ZIP


def test_last_modified_serves_where_there_is_no_etag(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    date = "Wed, 01 Jan 2020 00:00:00 GMT"
    url = server.serve("/a.zip", ZIP, etag=None, last_modified=date)
    server.fail("/a.zip", Fault(cut_at=CUT))
    assert fetch_archive(offer_http(url), tmp_path, quick).read_bytes() == ZIP
    assert server.asked("/a.zip")[1].headers["if-range"] == date


def test_a_known_checksum_lets_a_file_without_marks_go_on(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", ZIP, etag=None)
    server.fail("/a.zip", Fault(cut_at=CUT))
    fetch_archive(offer_http(url, sha256=hashlib.sha256(ZIP).hexdigest()), tmp_path, quick)
    assert server.ranges("/a.zip") == [None, f"bytes={CUT}-"]


def test_a_whole_part_of_a_killed_run_is_not_fetched_again(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    server.fail_always("/a.zip", Fault(cut_at=CUT))
    with pytest.raises(DownloadError):
        fetch_archive(offer, tmp_path, DownloadSettings(retries=0))
    (tmp_path / "photos.zip.part").write_bytes(ZIP)
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == ZIP
    assert len(server.asked("/a.zip")) == 1


def test_a_part_longer_than_the_file_is_thrown_away(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    server.fail_always("/a.zip", Fault(cut_at=CUT))
    with pytest.raises(DownloadError):
        fetch_archive(offer, tmp_path, DownloadSettings(retries=0))
    server.always.clear()
    (tmp_path / "photos.zip.part").write_bytes(ZIP + b"more")
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == ZIP


def test_a_slow_server_may_take_longer_than_the_timeout(server: FileServer, tmp_path: Path) -> None:
    small = build_zip(make_files(1000))
    url = server.serve("/a.zip", small)
    server.fail("/a.zip", Fault(drip_bytes=300, drip_s=0.1))
    archive = fetch_archive(offer_http(url), tmp_path, DownloadSettings(retries=0, timeout_s=0.5))
    assert archive.read_bytes() == small


def test_a_server_that_goes_silent_is_asked_again_for_the_rest(
    server: FileServer, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail("/a.zip", Fault(stall_at=CUT))
    archive = fetch_archive(offer_http(url), tmp_path, DownloadSettings(retries=1, timeout_s=0.3))
    assert archive.read_bytes() == ZIP
    assert server.ranges("/a.zip") == [None, f"bytes={CUT}-"]


def test_a_server_that_stays_silent_is_named(server: FileServer, tmp_path: Path) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail_always("/a.zip", Fault(stall_at=0))
    with pytest.raises(DownloadError, match="went silent"):
        fetch_archive(offer_http(url), tmp_path, DownloadSettings(retries=1, timeout_s=0.2))


def test_ctrl_c_keeps_what_came_and_says_so(
    server: FileServer,
    quick: DownloadSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    with monkeypatch.context() as patched:
        patched.setattr(transfer, "write_all", _interrupt_second_write())
        patched.setattr(transfer, "_CHUNK_BYTES", 100_000)
        with caplog.at_level(logging.WARNING), pytest.raises(KeyboardInterrupt):
            fetch_archive(offer, tmp_path, quick)
    assert "the same command goes on from there" in caplog.text
    kept = (tmp_path / "photos.zip.part").stat().st_size
    assert 0 < kept < len(ZIP)
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == ZIP
    assert server.ranges("/a.zip") == [None, f"bytes={kept}-"]


def _interrupt_second_write() -> object:
    writes: list[int] = []
    write_all = transfer.write_all

    def write(file: object, chunk: bytes) -> None:
        if writes:
            raise KeyboardInterrupt
        writes.append(len(chunk))
        write_all(file, chunk)  # type: ignore[arg-type]

    return write


@pytest.fixture
def largest_file() -> Iterator[int]:
    """No file of this process may grow beyond this number of bytes."""
    n_bytes = 250_000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    yield n_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_keeps_what_came(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, largest_file: int
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    with pytest.raises(StorageError, match="full disk") as raised:
        fetch_archive(offer, tmp_path, quick)
    assert "What came is kept" in raised.value.remedy
    assert (tmp_path / "photos.zip.part").stat().st_size == largest_file
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == ZIP
    assert server.ranges("/a.zip") == [None, f"bytes={largest_file}-"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_in_the_middle_is_named(
    server: FileServer, quick: DownloadSettings, tiny_disk: Path
) -> None:
    url = server.serve("/a.zip", ZIP, says_length=False)
    with pytest.raises(StorageError, match="a full disk at"):
        fetch_archive(offer_http(url), tiny_disk, quick)
    assert (tiny_disk / "photos.zip.part").read_bytes() == ZIP[: _size_of(tiny_disk)]
    assert len(server.asked("/a.zip")) == 1


def _size_of(folder: Path) -> int:
    return (folder / "photos.zip.part").stat().st_size


def test_a_disk_that_is_too_small_is_refused_before_the_first_byte(
    server: FileServer, quick: DownloadSettings, tiny_disk: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP), unpacked_bytes=3_000_000)
    with pytest.raises(StorageError, match=r"free at .*, 3\.6 MB needed"):
        fetch_archive(offer, tiny_disk, quick)
    assert not (tiny_disk / "photos.zip.part").exists()


def test_two_runs_do_not_fetch_into_one_folder(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    with hold_alone(tmp_path), pytest.raises(DownloadError, match=f"process {os.getpid()}"):
        fetch_archive(offer, tmp_path, quick)
    assert fetch_archive(offer, tmp_path, quick).exists()
