"""Runs below a run, in a real store; the tag that MLflow's UI nests by is asserted there."""

from pathlib import Path
from typing import Any

import pytest

from crack_pipeline.tracking import RecordedRun, open_child_run
from crack_pipeline.tracking.active import activate, close_active
from crack_pipeline.tracking.recorder import PARENT_RUN_TAG, Recorder, RunPlan
from crack_pipeline.tracking.replay import replay_outbox
from crack_pipeline.tracking.selection import RunParameters
from crack_pipeline.tracking.store import TrackingStore

PLAN = RunPlan("leakage cnn-metu", {})
SHARED = {
    "task": "classification",
    "model.classification.name": "cnn",
    "model.classification.cnn.dropout": 0.3,
    "training.classification.epochs": 12,
    "training.classification.seed": 0,
    "ingestion.splitting.seed": 0,
}


@pytest.fixture
def parent(store: Any, outbox: Path) -> Any:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    activate(recorder, RunParameters(SHARED, SHARED))
    yield recorder
    close_active("FINISHED")


def _runs(store: TrackingStore) -> dict[str, Any]:
    experiment = store.client.get_experiment_by_name("trials")
    return {run.info.run_name: run for run in store.client.search_runs([experiment.experiment_id])}


def test_a_child_run_holds_its_own_numbers_and_names_its_parent(store: Any, parent: Any) -> None:
    for seed in (0, 1):
        with open_child_run(f"seed {seed}", tags={"seed": str(seed)}) as run:
            run.log_parameters({"training": {"classification": {"epochs": 2, "seed": seed}}})
            run.log_epoch({"epoch": 1.0, "loss": 0.5 + seed}, 1)
            run.log_epoch({"epoch": 2.0, "loss": 0.2 + seed}, 2)
            run.log_metrics({"test_f1": 0.9})
            run.log_tags({"device": "cpu"})
            assert run.run_id is not None
    runs = _runs(store)
    assert set(runs) == {"leakage cnn-metu", "seed 0", "seed 1"}
    for seed in (0, 1):
        child = runs[f"seed {seed}"]
        assert child.data.tags[PARENT_RUN_TAG] == parent.run_id
        assert child.data.tags["seed"] == str(seed)
        assert child.data.tags["device"] == "cpu"
        assert child.data.params == {
            "task": "classification",
            "model.classification.name": "cnn",
            "model.classification.settings": "dropout=0.3",
            "training.classification.epochs": "2",
            "training.classification.seed": str(seed),
            "training.backend": "tensorflow",
            "ingestion.splitting.seed": "0",
        }
        changed = ["training.classification.epochs=2", "training.classification.seed=1"]
        assert child.data.tags["changed"] == ", ".join(changed[: seed + 1])
        assert [file.path for file in store.client.list_artifacts(child.info.run_id)] == [
            "parameters.yml"
        ]
        assert child.data.metrics == {"train/loss": 0.2 + seed, "test/f1": 0.9}
        assert child.info.status == "FINISHED"
    assert PARENT_RUN_TAG not in runs["leakage cnn-metu"].data.tags
    assert runs["leakage cnn-metu"].info.status == "RUNNING"


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), "KILLED"), (ValueError("a bug"), "FAILED")]
)
def test_a_child_run_ends_as_its_block_does(
    store: Any, parent: Any, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)), open_child_run("seed 0"):
        raise error
    assert _runs(store)["seed 0"].info.status == status


def test_without_a_run_nothing_is_recorded(outbox: Path) -> None:
    with open_child_run("seed 0") as run:
        run.log_metrics({"test_f1": 0.9})
        run.log_epoch({"loss": 0.1}, 1)
        run.log_tags({"a": "b"})
        run.log_parameters({"epochs": 3})
        assert run.run_id is None
    assert isinstance(run, RecordedRun)
    assert not outbox.exists()


@pytest.mark.usefixtures("dead_writer")
def test_parent_and_child_that_no_store_took_are_logged_as_such_later(
    store: Any, outbox: Path
) -> None:
    parent = Recorder(PLAN, TrackingStore("http://127.0.0.1:9", "trials"), outbox)
    parent.open()
    child = parent.open_child("seed 0", {"seed": "0"})
    child.record_metrics({"test_f1": 0.9})
    child.close("FINISHED")
    parent.close("FINISHED")
    run_ids = replay_outbox(outbox, store)
    runs = _runs(store)
    assert runs["seed 0"].data.tags[PARENT_RUN_TAG] == run_ids[0]
    assert runs["leakage cnn-metu"].info.run_id == run_ids[0]
    assert not outbox.exists()


@pytest.mark.usefixtures("dead_writer")
def test_a_child_that_came_too_late_finds_its_parent_in_the_store(store: Any, outbox: Path) -> None:
    parent = Recorder(PLAN, store, outbox)
    parent.open()
    child = parent.open_child("seed 0", {})
    store.takes = 0
    child.record_metrics({"test_f1": 0.9})
    child.close("FINISHED")
    late = parent.open_child("seed 1", {})
    late.close("FINISHED")
    store.takes = 1000
    parent.close("FINISHED")
    replay_outbox(outbox, store)
    runs = _runs(store)
    assert runs["seed 0"].data.metrics == {"test_f1": 0.9}
    assert {runs[name].data.tags[PARENT_RUN_TAG] for name in ("seed 0", "seed 1")} == {
        parent.run_id
    }


@pytest.mark.usefixtures("dead_writer")
def test_in_another_store_the_child_finds_the_parent_under_its_new_id(
    store: Any, other_store: TrackingStore, outbox: Path
) -> None:
    parent = Recorder(PLAN, store, outbox)
    parent.open()
    store.takes = 0
    parent.record_metrics({"folds": 2.0})
    child = parent.open_child("seed 0", {})
    child.close("FINISHED")
    parent.close("FINISHED")
    replay_outbox(outbox, other_store)
    runs = _runs(other_store)
    moved = runs["leakage cnn-metu"].info.run_id
    assert moved != parent.run_id
    assert runs["seed 0"].data.tags[PARENT_RUN_TAG] == moved


@pytest.mark.usefixtures("dead_writer")
def test_a_data_set_that_no_store_took_is_logged_later_and_once(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    facts = {"name": "metu", "digest": "5" * 64, "source_type": "folder", "source": "{}"}
    recorder.record_dataset({**facts, "profile": "{}"})
    store.takes = 0
    recorder.record_dataset({**facts, "profile": "{}"})
    recorder.close("FINISHED")
    store.takes = 1000
    (run_id,) = replay_outbox(outbox, store)
    (found,) = store.client.get_run(run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("metu", "5" * 36)
