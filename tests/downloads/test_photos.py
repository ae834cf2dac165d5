"""Where the photos of a source are found, and what is done where there are none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.downloads.archives import PHOTOS, build_tar, build_zip, make_files
from tests.downloads.offers import make_source, offer_http
from tests.downloads.servers import Fault, FileServer

from crack_pipeline.downloads import DownloadSettings, ensure_photos
from crack_pipeline.errors import ArchiveError, DownloadError, SourceError

FILES = make_files()
ZIP = build_zip(FILES)
OTHER_ZIP = build_zip(make_files(seed=50))
NO_SERVER = "http://127.0.0.1:9/photos.zip"


def _names(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files if path.name[0] != "."}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "data" / "01_raw" / "patches"


def test_a_given_folder_is_taken_as_it_is(
    raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "my photos"
    folder.mkdir()
    assert ensure_photos(make_source(), folder, raw, quick) == folder
    assert not raw.exists()


def test_a_given_archive_is_unpacked_into_the_raw_folder(
    raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    archive = tmp_path / "my photos.zip"
    archive.write_bytes(ZIP)
    folder = ensure_photos(make_source(), archive, raw, quick)
    assert folder == raw / "unpacked"
    assert _names(folder) == set(PHOTOS)
    assert {path.name for path in tmp_path.iterdir()} == {"my photos.zip", "data"}
    assert ensure_photos(make_source(), None, raw, quick) == folder


def test_an_archive_in_an_archive_is_unpacked_too(
    raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(build_zip({"README.txt": b"by hand", "data/photos.zip": ZIP}))
    folder = ensure_photos(make_source(), archive, raw, quick)
    assert folder == raw / "unpacked_inner"
    assert _names(folder) == set(PHOTOS)
    assert ensure_photos(make_source(), None, raw, quick) == folder


def test_an_archive_of_several_archives_is_left_as_it_is(
    raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(build_zip({"a.zip": ZIP, "b.zip": OTHER_ZIP}))
    folder = ensure_photos(make_source(), archive, raw, quick)
    assert _names(folder) == {"a.zip", "b.zip"}


def test_a_given_place_that_is_missing_is_told(
    raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"does not exist.*Positive/ and Negative/"):
        ensure_photos(make_source(), tmp_path / "nowhere.zip", raw, quick)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_given_file_that_is_no_archive_is_told(
    raw: Path, quick: DownloadSettings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file.zip").write_bytes(content)
    with pytest.raises(SourceError, match="neither a folder nor a zip"):
        ensure_photos(make_source(), tmp_path / "file.zip", raw, quick)


def test_photos_in_the_raw_folder_are_taken_before_anything_is_fetched(
    raw: Path, quick: DownloadSettings
) -> None:
    (raw / "Positive").mkdir(parents=True)
    (raw / "Positive" / "0001.JPG").write_bytes(b"photo")
    source = make_source(offer_http(NO_SERVER))
    assert ensure_photos(source, None, raw, quick) == raw


@pytest.mark.parametrize(
    ("name", "build"), [("photos.zip", build_zip), ("from a friend.tar", build_tar)]
)
def test_an_archive_in_the_raw_folder_is_unpacked(
    raw: Path,
    quick: DownloadSettings,
    name: str,
    build: Callable[[dict[str, bytes]], bytes],
) -> None:
    raw.mkdir(parents=True)
    (raw / name).write_bytes(build(FILES))
    source = make_source(offer_http(NO_SERVER))
    assert ensure_photos(source, None, raw, quick) == raw / "unpacked"
    assert _names(raw / "unpacked") == set(PHOTOS)
    assert (raw / f"{name}.json").exists()


def test_among_several_archives_the_one_of_the_known_name_is_taken(
    raw: Path, quick: DownloadSettings
) -> None:
    raw.mkdir(parents=True)
    (raw / "photos.zip").write_bytes(ZIP)
    (raw / "other.zip").write_bytes(build_zip({"other.jpg": b"other"}))
    ensure_photos(make_source(offer_http(NO_SERVER)), None, raw, quick)
    assert _names(raw / "unpacked") == set(PHOTOS)
    with pytest.raises(SourceError, match=r"other\.zip, photos\.zip"):
        ensure_photos(make_source(), None, raw, quick)


def test_a_changed_archive_in_the_raw_folder_is_refused(raw: Path, quick: DownloadSettings) -> None:
    raw.mkdir(parents=True)
    (raw / "photos.zip").write_bytes(ZIP)
    ensure_photos(make_source(), None, raw, quick)
    (raw / "photos.zip").write_bytes(OTHER_ZIP)
    with pytest.raises(DownloadError, match="must have the checksum"):
        ensure_photos(make_source(), None, raw, quick)


def test_nothing_there_is_fetched_and_unpacked_once(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    source = make_source(offer_http(server.serve("/a.zip", ZIP)))
    assert ensure_photos(source, None, raw, quick) == raw / "unpacked"
    assert _names(raw / "unpacked") == set(PHOTOS)
    assert (raw / "downloads" / "photos.zip").read_bytes() == ZIP
    marker = (raw / "unpacked" / ".unpacked.json").stat()
    assert ensure_photos(source, None, raw, quick) == raw / "unpacked"
    assert (raw / "unpacked" / ".unpacked.json").stat().st_mtime_ns == marker.st_mtime_ns
    assert len(server.requests) == 1


def test_the_archive_may_be_deleted_once_it_is_unpacked(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    source = make_source(offer_http(server.serve("/a.zip", ZIP)))
    ensure_photos(source, None, raw, quick)
    (raw / "downloads" / "photos.zip").unlink()
    assert ensure_photos(source, None, raw, quick) == raw / "unpacked"
    assert len(server.requests) == 1


def test_nothing_there_and_nothing_to_fetch_says_where_to_get_it(
    raw: Path, quick: DownloadSettings
) -> None:
    with pytest.raises(SourceError) as raised:
        ensure_photos(make_source(), None, raw, quick)
    assert "https://example.org/patches" in raised.value.remedy
    assert str(raw) in raised.value.remedy


def test_without_network_the_file_can_be_placed_where_the_message_says(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    source = make_source(offer_http(NO_SERVER))
    with pytest.raises(DownloadError) as raised:
        ensure_photos(source, None, raw, quick)
    folder = raw / "downloads"
    assert f"save it as photos.zip in the folder {folder}" in str(raised.value)
    (folder / "photos.zip").write_bytes(ZIP)
    assert _names(ensure_photos(source, None, raw, quick)) == set(PHOTOS)


def test_an_interrupted_fetch_goes_on_with_the_same_call(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    source = make_source(offer_http(server.serve("/a.zip", ZIP)))
    server.fail_always("/a.zip", Fault(cut_at=20_000))
    with pytest.raises(DownloadError):
        ensure_photos(source, None, raw, quick)
    assert not (raw / "unpacked").exists()
    server.always.clear()
    assert _names(ensure_photos(source, None, raw, quick)) == set(PHOTOS)
    assert server.ranges("/a.zip")[-1] == "bytes=20000-"


def test_a_cut_off_archive_of_unknown_length_is_set_back_and_continued(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    """Without a length a cut connection looks like the end of the file."""
    source = make_source(offer_http(server.serve("/a.zip", ZIP, says_length=False)))
    server.fail("/a.zip", Fault(cut_at=30_000))
    with pytest.raises(ArchiveError, match=r"cut off.*the rest is fetched"):
        ensure_photos(source, None, raw, quick)
    assert {path.name for path in (raw / "downloads").iterdir()} == {
        "photos.zip.part",
        "photos.zip.part.json",
        ".lock",
    }
    assert _names(ensure_photos(source, None, raw, quick)) == set(PHOTOS)
    assert server.ranges("/a.zip") == [None, "bytes=30000-"]


def test_an_archive_that_is_cut_off_at_its_server_is_fetched_anew_next_time(
    server: FileServer, raw: Path, quick: DownloadSettings
) -> None:
    source = make_source(offer_http(server.serve("/a.zip", ZIP[:30_000], says_length=False)))
    for _ in range(2):
        with pytest.raises(ArchiveError, match="cut off"):
            ensure_photos(source, None, raw, quick)
    server.serve("/a.zip", ZIP, etag='"mended"')
    assert _names(ensure_photos(source, None, raw, quick)) == set(PHOTOS)


def test_a_half_copied_archive_can_be_replaced_by_the_whole_one(
    raw: Path, quick: DownloadSettings
) -> None:
    (raw / "downloads").mkdir(parents=True)
    archive = raw / "downloads" / "photos.zip"
    archive.write_bytes(ZIP[:30_000])
    source = make_source(offer_http(NO_SERVER))
    with pytest.raises(ArchiveError, match="cut off"):
        ensure_photos(source, None, raw, quick)
    archive.write_bytes(ZIP)
    assert _names(ensure_photos(source, None, raw, quick)) == set(PHOTOS)


def test_a_hostile_archive_leaves_nothing_outside_its_folder(
    server: FileServer, raw: Path, quick: DownloadSettings, tmp_path: Path
) -> None:
    hostile = build_zip({"Positive/0001.jpg": b"photo", "../../../../evil.jpg": b"evil"})
    source = make_source(offer_http(server.serve("/a.zip", hostile)))
    with pytest.raises(ArchiveError, match="leads out"):
        ensure_photos(source, None, raw, quick)
    assert not list(tmp_path.rglob("evil.jpg"))
    assert not (raw / "unpacked").exists()
