"""Which archive is fetched, from where, and when it is refused."""

import hashlib
import json
import logging
from pathlib import Path

import pytest
from tests.downloads.archives import build_rar, build_zip, make_files
from tests.downloads.offers import make_source, offer_http
from tests.downloads.servers import Fault, FileServer

from crack_pipeline.data_source import Download
from crack_pipeline.downloads import DownloadSettings, fetch_archive, fetch_source
from crack_pipeline.errors import ArchiveError, DownloadError, ParameterError, StorageError

ZIP = build_zip(make_files())
OTHER_ZIP = build_zip(make_files(seed=50))
NO_SERVER = "http://127.0.0.1:9/photos.zip"


def _record(archive: Path) -> dict[str, object]:
    record: dict[str, object] = json.loads(archive.with_name(f"{archive.name}.json").read_text())
    return record


def test_the_checksum_is_recorded_with_place_date_and_size(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", ZIP)
    record = _record(fetch_archive(offer_http(url), tmp_path, quick))
    assert record["sha256"] == hashlib.sha256(ZIP).hexdigest()
    assert (record["page"], record["n_bytes"]) == (url, len(ZIP))
    assert str(record["recorded"]).endswith("+00:00")


def test_what_is_there_is_not_fetched_again(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    assert fetch_archive(offer, tmp_path, quick) == fetch_archive(offer, tmp_path, quick)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_told_at_once_with_the_way_by_hand(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, status: int
) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail_always("/a.zip", Fault(status=status))
    with pytest.raises(DownloadError, match=f"HTTP {status}") as raised:
        fetch_archive(offer_http(url), tmp_path / "raw", quick)
    assert len(server.requests) == 1
    assert f"download {url}, save it as photos.zip in the folder {tmp_path / 'raw'}" in str(
        raised.value
    )


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_trouble_of_a_server_is_tried_again(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, status: int
) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail("/a.zip", Fault(status=status), Fault(status=status))
    assert fetch_archive(offer_http(url), tmp_path, quick).read_bytes() == ZIP
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 500])
def test_trouble_that_does_not_pass_is_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, status: int
) -> None:
    url = server.serve("/a.zip", ZIP)
    server.fail_always("/a.zip", Fault(status=status))
    with pytest.raises(DownloadError, match=f"HTTP {status}.*photos.zip in the folder"):
        fetch_archive(offer_http(url), tmp_path, quick)
    assert len(server.requests) == 1 + quick.retries


def test_no_network_names_the_url_the_file_and_the_folder(
    quick: DownloadSettings, tmp_path: Path, server: FileServer
) -> None:
    with pytest.raises(DownloadError, match=r"no network, or .* takes no connection") as raised:
        fetch_archive(offer_http(NO_SERVER), tmp_path, quick)
    assert f"download {NO_SERVER}, save it as photos.zip in the folder {tmp_path}" in str(
        raised.value
    )


def test_a_file_placed_by_hand_is_accepted_and_recorded(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    (tmp_path / "photos.zip").write_bytes(ZIP)
    archive = fetch_archive(offer_http(NO_SERVER), tmp_path, quick)
    assert _record(archive)["page"] == "placed by hand"
    archive.write_bytes(OTHER_ZIP)
    with pytest.raises(DownloadError, match="must have the checksum"):
        fetch_archive(offer_http(NO_SERVER), tmp_path, quick)


def test_an_archive_that_was_touched_but_not_changed_is_accepted(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    archive = fetch_archive(offer, tmp_path, quick)
    before = _record(archive)
    archive.touch()
    fetch_archive(offer, tmp_path, quick)
    after = _record(archive)
    assert after["sha256"] == before["sha256"]
    assert after["mtime_ns"] == archive.stat().st_mtime_ns


def test_an_archive_that_changed_on_its_server_is_refused_until_its_record_is_deleted(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    archive = fetch_archive(offer, tmp_path, quick)
    archive.unlink()
    server.serve("/a.zip", OTHER_ZIP)
    with pytest.raises(DownloadError, match="must have the checksum") as raised:
        fetch_archive(offer, tmp_path, quick)
    assert hashlib.sha256(OTHER_ZIP).hexdigest()[:16] in raised.value.received
    assert not archive.exists()
    assert "photos.zip.json" in raised.value.remedy
    (tmp_path / "photos.zip.json").unlink()
    assert fetch_archive(offer, tmp_path, quick).read_bytes() == OTHER_ZIP


def test_a_known_checksum_is_checked_at_the_first_download_already(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP), sha256="0" * 64)
    with pytest.raises(DownloadError, match="instead of 0000"):
        fetch_archive(offer, tmp_path, quick)
    assert not (tmp_path / "photos.zip").exists()


def test_a_known_checksum_is_checked_for_files_placed_by_hand(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    archive = tmp_path / "photos.zip"
    archive.write_bytes(OTHER_ZIP)
    right = hashlib.sha256(ZIP).hexdigest()
    with pytest.raises(DownloadError, match="must have the checksum"):
        fetch_archive(offer_http(NO_SERVER, sha256=right), tmp_path, quick)
    archive.write_bytes(ZIP)
    assert fetch_archive(offer_http(NO_SERVER, sha256=right), tmp_path, quick) == archive


def test_a_damaged_record_is_refused_by_name(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    offer = offer_http(server.serve("/a.zip", ZIP))
    fetch_archive(offer, tmp_path, quick)
    (tmp_path / "photos.zip.json").write_text("{")
    with pytest.raises(DownloadError, match=r"photos\.zip\.json, which cannot be read"):
        fetch_archive(offer, tmp_path, quick)


def test_a_web_page_in_the_place_of_an_archive_is_refused_and_not_kept(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", b"<!DOCTYPE html><title>Log in</title>")
    with pytest.raises(ArchiveError, match="DOCTYPE"):
        fetch_archive(offer_http(url), tmp_path, quick)
    assert not list(tmp_path.glob("photos*"))


def test_a_disk_that_is_too_small_for_the_stated_size_is_refused(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    url = server.serve("/a.zip", ZIP)
    offer = offer_http(url, unpacked_bytes=10**18)
    with pytest.raises(StorageError, match=r"needed.*Free some space"):
        fetch_archive(offer, tmp_path, quick)


def test_an_address_that_is_none_is_told(quick: DownloadSettings, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="Correct the address"):
        fetch_archive(offer_http("http//nowhere"), tmp_path, quick)


def test_a_folder_that_cannot_be_made_is_told(quick: DownloadSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        fetch_archive(offer_http(NO_SERVER), tmp_path / "file" / "raw", quick)


def test_a_rar_is_not_fetched_where_nothing_unpacks_it(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.serve("/a.rar", build_rar(make_files()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match="apt install unar"):
        fetch_archive(offer_http(url, "photos.rar"), tmp_path / "raw", quick)
    assert not server.requests


def _alternatives(server: FileServer) -> tuple[Download, Download]:
    server.serve_mendeley(
        "abc/2",
        [
            {
                "filename": "photos.zip",
                "size": len(ZIP),
                "content_details": {"download_url": f"{server.url}/mendeley.zip"},
            }
        ],
    )
    server.serve_kaggle(f"{server.url}/kaggle.zip")
    server.serve("/mendeley.zip", ZIP)
    server.serve("/kaggle.zip", OTHER_ZIP)
    return (
        Download(kind="mendeley", address="abc/2", file_name="photos.zip"),
        Download(kind="kaggle", address="owner/patches", file_name="patches.zip"),
    )


def test_places_are_asked_in_their_order(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    source = make_source(*_alternatives(server))
    assert fetch_source(source, tmp_path, quick).read_bytes() == ZIP
    chosen = DownloadSettings.model_validate({"from": "kaggle"})
    assert fetch_source(source, tmp_path, chosen).read_bytes() == OTHER_ZIP


def test_the_next_place_is_asked_where_one_fails(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    source = make_source(*_alternatives(server))
    server.fail_always("/mendeley.zip", Fault(status=403))
    assert fetch_source(source, tmp_path, quick).read_bytes() == OTHER_ZIP
    n_requests = len(server.requests)
    assert fetch_source(source, tmp_path, quick).read_bytes() == OTHER_ZIP
    assert len(server.requests) == n_requests


def test_where_all_places_fail_one_message_names_each(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    source = make_source(*_alternatives(server))
    server.fail_always("/mendeley.zip", Fault(status=404))
    server.serve_kaggle(f"{server.url}/kaggle.zip", authorization="Bearer right")
    with pytest.raises(DownloadError) as raised:
        fetch_source(source, tmp_path, quick)
    message = str(raised.value)
    for part in ("mendeley (abc/2)", "HTTP 404", "kaggle (owner/patches)", "KAGGLE_API_TOKEN"):
        assert part in message
    assert "datasets/abc/2, save it as photos.zip" in message


def test_a_full_disk_is_not_answered_by_asking_elsewhere(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    first, second = _alternatives(server)
    huge = Download("mendeley", first.address, first.file_name, unpacked_bytes=10**18)
    with pytest.raises(StorageError):
        fetch_source(make_source(huge, second), tmp_path, quick)
    assert not server.asked("/kaggle.zip")


def test_a_place_where_the_source_is_not_offered_is_refused(
    server: FileServer, tmp_path: Path
) -> None:
    source = make_source(*_alternatives(server))
    settings = DownloadSettings.model_validate({"from": "http"})
    with pytest.raises(ParameterError, match="Use auto, kaggle, mendeley"):
        fetch_source(source, tmp_path, settings)


def test_licence_and_citation_are_shown_before_a_download(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = make_source(offer_http(server.serve("/a.zip", ZIP)))
    with caplog.at_level(logging.INFO):
        fetch_source(source, tmp_path, quick)
        lines = [record.getMessage() for record in caplog.records]
        assert lines[0] == "patches: Patches of concrete"
        assert "Licence: CC BY 4.0" in lines
        assert "Please cite: Somebody (2018), doi:10.0/patches" in lines
        caplog.clear()
        fetch_source(source, tmp_path, quick)
    assert "Licence" not in caplog.text
