"""Send everything that fetches to a server on 127.0.0.1."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kagglesdk import kaggle_env
from tests.downloads.servers import FileServer, run_server

from crack_pipeline.downloads import retrying
from crack_pipeline.downloads.mendeley import API_VARIABLE


@contextmanager
def stand_in_for_all(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[FileServer]:
    """Run a server in the place of Mendeley Data and Kaggle, without credentials and waits.

    Args:
        monkeypatch: Undoes it after the test.
        home: Is made, and stays the home folder for as long as the test lasts.
    """
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
