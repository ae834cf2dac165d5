from pathlib import Path

import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.tracking.config import (
    find_in_stores,
    local_store,
    open_store,
    read_tracking_config,
    store_of,
)
from crack_pipeline.tracking.store import TrackingStore

pytestmark = pytest.mark.usefixtures("loud_plugins")


def test_relative_store_is_meant_from_the_project(tmp_path: Path) -> None:
    content = {"server": {"mlflow_tracking_uri": "sqlite:///runs.db"}}
    config = read_tracking_config(content, tmp_path)
    store = store_of(config, tmp_path)
    assert store.uri == f"sqlite:///{tmp_path}/runs.db"
    assert store.artifact_location == f"file://{tmp_path}/mlartifacts"
    assert not (tmp_path / "runs.db").exists()


def test_empty_configuration_means_the_local_store(tmp_path: Path) -> None:
    config = read_tracking_config({}, tmp_path)
    assert config.server.mlflow_tracking_uri == local_store("x", tmp_path).uri


def test_misspelt_entry_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"server\.mlflow_tracking_url"):
        read_tracking_config({"server": {"mlflow_tracking_url": "http://x"}}, tmp_path)


@pytest.mark.parametrize("uri", ["htpp://127.0.0.1:5000", "sqllite:///runs.db"])
def test_misspelt_scheme_names_the_nearest(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"Did you mean (http|sqlite)\?.*MLFLOW_TRACKING_URI"):
        read_tracking_config({"server": {"mlflow_tracking_uri": uri}}, tmp_path)


def test_artifact_location_of_the_configuration_wins(tmp_path: Path) -> None:
    kwargs = {"artifact_location": "elsewhere"}
    content = {"tracking": {"experiment": {"create_experiment_kwargs": kwargs}}}
    store = store_of(read_tracking_config(content, tmp_path), tmp_path)
    assert store.artifact_location == f"file://{tmp_path}/elsewhere"


def test_live_store_is_used(store: TrackingStore, tmp_path: Path) -> None:
    assert open_store(store, tmp_path) is store


def test_dead_store_falls_back_and_says_how_to_see_the_run(
    store: TrackingStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = open_store(TrackingStore("http://127.0.0.1:9", "trials"), tmp_path)
    assert chosen.uri == store.uri
    assert chosen.viewing_command in caplog.text
    assert "mlflow ui --backend-store-uri" in chosen.viewing_command


def test_run_that_fell_back_is_found_again(store: TrackingStore, tmp_path: Path) -> None:
    run_id = store.create_run("unet-tiny", {}, 1_000)
    dead = TrackingStore("http://127.0.0.1:9", "trials")
    chosen, found = find_in_stores(run_id, dead, tmp_path)
    assert chosen.uri == store.uri
    assert found is not None


def test_run_of_a_dead_server_is_believed_in(tmp_path: Path) -> None:
    dead = TrackingStore("http://127.0.0.1:9", "trials")
    chosen, found = find_in_stores("abc", dead, tmp_path)
    assert chosen is dead
    assert found is not None
    assert found.run_id == "abc"
