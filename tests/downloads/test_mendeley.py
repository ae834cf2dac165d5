"""The public file API of Mendeley Data, as a server on this machine answers it."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.downloads.archives import build_zip, make_files
from tests.downloads.servers import Answer, Fault, FileServer

from crack_pipeline.data_source import Download
from crack_pipeline.downloads import DownloadSettings, fetch_archive
from crack_pipeline.errors import DownloadError

ZIP = build_zip(make_files())
OFFER = Download(kind="mendeley", address="5y9wdsg2zt/2", file_name="photos.zip")
LIST = "/public-api/datasets/5y9wdsg2zt/files"


def _entry(server: FileServer, name: str, sha256: str | None = None) -> dict[str, Any]:
    url = server.serve(f"/files/{name.replace(' ', '%20')}", ZIP)
    details = {"id": "1", "download_url": url, "sha256_hash": sha256, "size": len(ZIP)}
    return {"filename": name, "id": "2", "size": len(ZIP), "content_details": details}


def test_the_list_is_asked_for_the_version_and_the_archive_fetched(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    entry = _entry(server, "Concrete Photos.zip", hashlib.sha256(ZIP).hexdigest())
    server.serve_mendeley(OFFER.address, [entry])
    assert fetch_archive(OFFER, tmp_path, quick).read_bytes() == ZIP
    assert server.asked(LIST)[0].query == "folder_id=root&version=2"
    assert "data.mendeley.com/datasets/5y9wdsg2zt/2" in (tmp_path / "photos.zip.json").read_text()


def test_the_checksum_that_the_list_states_is_checked(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_mendeley(OFFER.address, [_entry(server, "photos.zip", "1" * 64)])
    with pytest.raises(DownloadError, match="instead of 1111"):
        fetch_archive(OFFER, tmp_path, quick)


def test_a_checksum_other_than_the_recorded_one_is_refused_before_fetching(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_mendeley(OFFER.address, [_entry(server, "photos.zip")])
    fetch_archive(OFFER, tmp_path, quick).unlink()
    server.serve_mendeley(OFFER.address, [_entry(server, "photos.zip", "1" * 64)])
    with pytest.raises(DownloadError, match="must have the checksum"):
        fetch_archive(OFFER, tmp_path, quick)
    assert len(server.asked("/files/photos.zip")) == 1


def test_among_several_files_the_named_one_is_taken(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    entries = [_entry(server, name) for name in ("a.zip", "photos.zip", "readme.txt")]
    server.serve_mendeley(OFFER.address, entries)
    fetch_archive(OFFER, tmp_path, quick)
    assert server.asked("/files/photos.zip")


def test_several_archives_of_other_names_are_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_mendeley(OFFER.address, [_entry(server, "a.zip"), _entry(server, "b.rar")])
    with pytest.raises(DownloadError, match=r"a\.zip, b\.rar"):
        fetch_archive(OFFER, tmp_path, quick)


@pytest.mark.parametrize("body", [b"<html>", b'{"message": "gone"}', b'[{"filename": "a.zip"}]'])
def test_an_answer_of_another_form_is_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, body: bytes
) -> None:
    server.routes[LIST] = lambda _: Answer(200, {}, body)
    with pytest.raises(DownloadError, match="list of files"):
        fetch_archive(OFFER, tmp_path, quick)


def test_an_empty_data_set_is_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_mendeley(OFFER.address, [])
    with pytest.raises(DownloadError, match="no file"):
        fetch_archive(OFFER, tmp_path, quick)


def test_trouble_of_the_list_is_tried_again_and_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.fail(LIST, Fault(status=500), Fault(status=429, headers={"Retry-After": "0"}))
    server.serve_mendeley(OFFER.address, [_entry(server, "photos.zip")])
    assert fetch_archive(OFFER, tmp_path, quick).exists()
    server.fail_always(LIST, Fault(status=500))
    (tmp_path / "photos.zip").unlink()
    with pytest.raises(DownloadError, match=r"HTTP 500.*data\.mendeley\.com/datasets/5y9wdsg2zt/2"):
        fetch_archive(OFFER, tmp_path, quick)
