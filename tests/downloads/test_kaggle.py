"""Kaggle's client against a server on this machine: credentials, refusals, resuming."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.downloads.archives import build_zip, make_files
from tests.downloads.servers import KAGGLE_PATH, Fault, FileServer

from crack_pipeline.data_source import Download
from crack_pipeline.downloads import DownloadSettings, fetch_archive
from crack_pipeline.downloads.answers import USER_AGENT
from crack_pipeline.errors import DownloadError

ZIP = build_zip(make_files())
OFFER = Download(kind="kaggle", address="arunrk7/patches", file_name="patches.zip")


def _basic(username: str, key: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{key}'.encode()).decode()}"


def _write_key(home: Path, text: str) -> None:
    folder = home / ".kaggle"
    folder.mkdir(exist_ok=True)
    (folder / "kaggle.json").write_text(text)


def test_a_public_data_set_needs_no_credentials(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP))
    assert fetch_archive(OFFER, tmp_path, quick).read_bytes() == ZIP
    (asked,) = server.asked(KAGGLE_PATH)
    named = json.loads(asked.body)
    assert (named["ownerSlug"], named["datasetSlug"]) == ("arunrk7", "patches")
    assert asked.headers["user-agent"].startswith(f"{USER_AGENT} kagglehub/")


def test_a_version_can_be_named(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP))
    fetch_archive(Download("kaggle", "a/b/versions/3", "b.zip"), tmp_path, quick)
    assert json.loads(server.asked(KAGGLE_PATH)[0].body)["datasetVersionNumber"] == 3


def test_a_token_of_the_environment_is_used_and_not_shown_to_the_store(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP), authorization="Bearer secret")
    fetch_archive(OFFER, tmp_path, quick)
    assert "authorization" not in server.asked("/store/signed.zip")[-1].headers


def test_a_token_file_is_used(server: FileServer, quick: DownloadSettings, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".kaggle"
    folder.mkdir()
    (folder / "access_token").write_text("secret\n")
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP), authorization="Bearer secret")
    assert fetch_archive(OFFER, tmp_path, quick).exists()


def test_a_legacy_key_is_used_from_its_file_and_from_the_environment(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = server.serve("/store/signed.zip", ZIP)
    server.serve_kaggle(location, authorization=_basic("me", "from file"))
    _write_key(tmp_path / "home", '{"username": "me", "key": "from file"}')
    assert fetch_archive(OFFER, tmp_path / "a", quick).exists()
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "from environment")
    server.serve_kaggle(location, authorization=_basic("me", "from environment"))
    assert fetch_archive(OFFER, tmp_path / "b", quick).exists()


def test_missing_credentials_say_where_they_go(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP), authorization="Bearer secret")
    with pytest.raises(DownloadError, match="HTTP 403") as raised:
        fetch_archive(OFFER, tmp_path, quick)
    for part in (
        "No credentials were found",
        "https://www.kaggle.com/settings/api",
        "KAGGLE_API_TOKEN",
        "~/.kaggle/kaggle.json",
        "download https://www.kaggle.com/datasets/arunrk7/patches, save it as patches.zip",
    ):
        assert part in raised.value.remedy
    assert len(server.asked(KAGGLE_PATH)) == 1


@pytest.mark.parametrize("place", ["KAGGLE_API_TOKEN", "access_token", "kaggle.json", "KAGGLE_KEY"])
def test_wrong_credentials_are_named_by_their_place(
    server: FileServer,
    quick: DownloadSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP), authorization="Bearer right")
    _write_key(tmp_path / "home", '{"username": "me", "key": "mistaken"}')
    if place == "access_token":
        (tmp_path / "home" / ".kaggle" / "access_token").write_text("mistaken")
    if place.startswith("KAGGLE"):
        monkeypatch.setenv("KAGGLE_USERNAME", "me")
        monkeypatch.setenv(place, "mistaken")
    with pytest.raises(DownloadError, match="HTTP 401") as raised:
        fetch_archive(OFFER, tmp_path, quick)
    assert f"{place}: they may be revoked" in raised.value.remedy
    assert "mistaken" not in str(raised.value)


def test_credentials_without_consent_are_told_to_accept_the_terms(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
    server.fail_always(KAGGLE_PATH, Fault(status=403))
    with pytest.raises(DownloadError, match="accept its terms"):
        fetch_archive(OFFER, tmp_path, quick)


@pytest.mark.parametrize("text", ["{", '{"username": "me"}'])
def test_a_damaged_key_file_is_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path, text: str
) -> None:
    _write_key(tmp_path / "home", text)
    with pytest.raises(DownloadError, match=r"kaggle\.json.*Create an API token"):
        fetch_archive(OFFER, tmp_path, quick)


def test_a_data_set_that_is_gone_is_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.fail_always(KAGGLE_PATH, Fault(status=404))
    with pytest.raises(DownloadError, match=r"HTTP 404.*has no data set arunrk7/patches any more"):
        fetch_archive(OFFER, tmp_path, quick)


def test_trouble_of_the_api_is_tried_again_and_told(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP))
    server.fail(KAGGLE_PATH, Fault(status=500), Fault(status=429))
    assert fetch_archive(OFFER, tmp_path / "a", quick).exists()
    server.fail_always(KAGGLE_PATH, Fault(status=503))
    with pytest.raises(DownloadError, match="HTTP 503"):
        fetch_archive(OFFER, tmp_path / "b", quick)


@pytest.mark.parametrize("own", [{}, {"timeout": None}], ids=["none", "endless"])
def test_a_silent_api_is_given_up_whatever_time_out_the_client_gives(
    own: dict[str, None], server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = requests.Session.merge_environment_settings

    def settle(session: requests.Session, *given: Any) -> dict[str, Any]:
        return {**merge(session, *given), **own}

    monkeypatch.setattr(requests.Session, "merge_environment_settings", settle)
    server.serve(KAGGLE_PATH, ZIP, silent=True)
    with pytest.raises(DownloadError, match="went silent"):
        fetch_archive(OFFER, tmp_path, DownloadSettings(retries=0, timeout_s=0.2))


def test_a_new_signature_goes_on_with_the_same_archive(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/first.zip", ZIP))
    server.fail_always("/store/first.zip", Fault(cut_at=30_000))
    with pytest.raises(DownloadError):
        fetch_archive(OFFER, tmp_path, quick)
    server.serve_kaggle(server.serve("/store/second.zip", ZIP))
    assert fetch_archive(OFFER, tmp_path, quick).read_bytes() == ZIP
    assert server.ranges("/store/second.zip")[-1] == "bytes=30000-"


def test_the_signed_address_is_not_kept(
    server: FileServer, quick: DownloadSettings, tmp_path: Path
) -> None:
    server.serve_kaggle(server.serve("/store/signed.zip", ZIP) + "?signature=secret")
    fetch_archive(OFFER, tmp_path, quick)
    assert "secret" not in (tmp_path / "patches.zip.json").read_text()
