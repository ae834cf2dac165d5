"""Fixtures: a server on 127.0.0.1, quick settings, and a home without credentials."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.downloads.redirects import stand_in_for_all
from tests.downloads.servers import FileServer

from crack_pipeline.downloads import DownloadSettings


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FileServer]:
    """A server that also stands in the place of Mendeley Data and Kaggle."""
    with stand_in_for_all(monkeypatch, tmp_path / "home") as running:
        yield running


@pytest.fixture
def quick() -> DownloadSettings:
    """Settings under which a test waits for nothing."""
    return DownloadSettings(retries=3, timeout_s=5)
