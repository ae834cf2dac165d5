"""Fixtures: a server on 127.0.0.1, quick settings, and a home without credentials."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kagglesdk import kaggle_env
from tests.downloads.servers import FileServer, run_server

from crack_pipeline.downloads import DownloadSettings, retrying
from crack_pipeline.downloads.mendeley import API_VARIABLE


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FileServer]:
    """A server that also stands in the place of Mendeley Data and Kaggle."""
    home = tmp_path / "home"
    home.mkdir()
    for variable in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home / ".kaggle"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.0)
    with run_server() as running:
        monkeypatch.setenv(API_VARIABLE, f"{running.url}/public-api")
        monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
        local = kaggle_env.KaggleEnv.LOCAL
        monkeypatch.setitem(kaggle_env._env_to_endpoint, local, running.url)
        yield running


@pytest.fixture
def quick() -> DownloadSettings:
    """Settings under which a test waits for nothing."""
    return DownloadSettings(retries=3, timeout_s=5)
