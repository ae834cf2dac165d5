import http.server
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crack_pipeline.tracking.store import (
    StoreUnreachableError,
    TrackingStore,
    absolute_uri,
    answers,
    default_artifact_location,
)

PROJECT = Path("/somewhere/project")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///mlflow.db", "sqlite:////somewhere/project/mlflow.db"),
        ("sqlite:////data/mlflow.db", "sqlite:////data/mlflow.db"),
        ("http://tracking:5000", "http://tracking:5000"),
        ("postgresql://host/runs", "postgresql://host/runs"),
        ("databricks", "databricks"),
        ("mlruns", "file:///somewhere/project/mlruns"),
        ("/data/mlruns", "file:///data/mlruns"),
    ],
)
def test_addresses_do_not_depend_on_the_working_directory(uri: str, expected: str) -> None:
    assert absolute_uri(uri, PROJECT) == expected


def test_servers_decide_where_files_go() -> None:
    assert default_artifact_location("http://tracking:5000", PROJECT) is None
    local = default_artifact_location("sqlite:////x.db", PROJECT)
    assert local == "file:///somewhere/project/mlartifacts"


def test_dead_port_does_not_answer() -> None:
    assert not answers("http://127.0.0.1:9")
    with pytest.raises(StoreUnreachableError):
        TrackingStore("http://127.0.0.1:9", "trials").open()


def test_server_that_hangs_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        assert not answers(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.3)
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("forbidden", ["mlflow.db", "."])
def test_database_that_may_not_be_written_is_told_at_once(
    forbidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.db").touch()
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tmp_path / forbidden)
    store = TrackingStore(f"sqlite:///{tmp_path / 'mlflow.db'}", "trials")
    started = time.monotonic()
    with pytest.raises(StoreUnreachableError, match="no permission"):
        store.open()
    assert time.monotonic() - started < 3


class _Responder(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Responder) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.mark.parametrize(("status", "is_there"), [(200, True), (401, True), (502, False)])
def test_any_answer_but_that_of_a_lonely_proxy_counts(
    server: str, status: int, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Responder, "status", status)
    assert answers(server) is is_there


def test_missing_run_is_not_found(store: TrackingStore) -> None:
    assert store.find_run("0" * 32) is None


def test_run_is_found_with_its_name(store: TrackingStore) -> None:
    run_id = store.create_run("unet-tiny", {}, 1_000)
    found = store.find_run(run_id)
    assert found is not None
    assert (found.run_id, found.name) == (run_id, "unet-tiny")


def test_deleted_experiment_is_restored(store: TrackingStore) -> None:
    store.open()
    experiment = store.client.get_experiment_by_name("trials")
    store.client.delete_experiment(experiment.experiment_id)
    store.create_run("again", {}, 1_000)
    assert store.client.get_experiment_by_name("trials").lifecycle_stage == "active"


def test_experiment_keeps_files_where_it_was_told(store: TrackingStore, tmp_path: Path) -> None:
    store.open()
    experiment = store.client.get_experiment_by_name("trials")
    assert experiment.artifact_location == (tmp_path / "mlartifacts").as_uri()
