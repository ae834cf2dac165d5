"""The page of runs, without a server of its own; a served one is in ``tests/test_cli.py``."""

import pytest

from crack_pipeline.tracking import ui
from crack_pipeline.tracking.store import TrackingStore


def test_the_page_of_a_server_is_opened_at_the_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(ui.webbrowser, "open", opened.append)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    store = TrackingStore("http://127.0.0.1:9", "cracks")  # nothing answers there
    assert ui.show_runs(store, "127.0.0.1", "5000") == 0
    (address,) = opened
    assert address.startswith("http://127.0.0.1:9/")
    assert "workflowType=machine_learning" in address
    assert capsys.readouterr().out == f"Runs: {address}\n"
