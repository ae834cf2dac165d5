import logging
from pathlib import Path
from typing import Any

import pytest

from crack_pipeline.errors import TrackingError
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.replay import close_interrupted_runs, replay_outbox
from crack_pipeline.tracking.store import TrackingStore

pytestmark = pytest.mark.usefixtures("dead_writer")
PLAN = RunPlan("unet-tiny", {"seed": "7"})


def _interrupt(store: Any, outbox: Path, *, takes: int, attached_to: str | None = None) -> Recorder:
    recorder = Recorder(RunPlan("unet-tiny", {"seed": "7"}, attached_to), store, outbox)
    recorder.open()
    store.takes = takes
    for epoch in range(1, 4):
        recorder.record_metrics({"loss": 1 / epoch}, step=epoch)
    recorder.close("FINISHED")
    store.takes = 1000
    return recorder


def _runs(store: TrackingStore) -> list[Any]:
    experiment = store.client.get_experiment_by_name("trials")
    return list(store.client.search_runs([experiment.experiment_id]))


def test_replay_continues_the_run_and_sends_each_record_once(store: Any, outbox: Path) -> None:
    recorder = _interrupt(store, outbox, takes=2)
    assert replay_outbox(outbox, store) == [recorder.run_id]
    (run,) = _runs(store)
    assert run.info.status == "FINISHED"
    history = store.client.get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == [1, 2, 3]
    assert not outbox.exists()
    assert replay_outbox(outbox, store) == []


def test_replay_to_another_store_makes_the_whole_run(
    store: Any, other_store: TrackingStore, outbox: Path
) -> None:
    recorder = _interrupt(store, outbox, takes=2)
    replay_outbox(outbox, other_store)
    (run,) = _runs(other_store)
    assert run.info.run_id != recorder.run_id
    assert run.data.tags["original_run_id"] == recorder.run_id
    assert len(other_store.client.get_metric_history(run.info.run_id, "loss")) == 3
    found = other_store.find_run(str(recorder.run_id))
    assert found is not None
    assert found.run_id == run.info.run_id


def test_replay_that_is_interrupted_goes_on(store: Any, outbox: Path) -> None:
    _interrupt(store, outbox, takes=1)
    store.takes = 1
    with pytest.raises(TrackingError, match="kedro tracking replay"):
        replay_outbox(outbox, store)
    store.takes = 1000
    replay_outbox(outbox, store)
    (run,) = _runs(store)
    assert len(store.client.get_metric_history(run.info.run_id, "loss")) == 3


def test_run_of_a_killed_process_ends_as_killed(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    recorder.record_metrics({"loss": 1.0}, step=1)
    close_interrupted_runs(outbox, store)
    (run,) = _runs(store)
    assert run.info.status == "KILLED"
    assert not outbox.exists()


def test_interrupted_run_is_completed_by_the_next_one(store: Any, outbox: Path) -> None:
    _interrupt(store, outbox, takes=1)
    close_interrupted_runs(outbox, store)
    (run,) = _runs(store)
    assert run.info.status == "FINISHED"
    assert len(store.client.get_metric_history(run.info.run_id, "loss")) == 3


def test_runs_of_another_store_are_mentioned_and_left(
    store: Any, other_store: TrackingStore, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _interrupt(store, outbox, takes=1)
    with caplog.at_level(logging.INFO):
        close_interrupted_runs(outbox, other_store)
    assert "Runs that wait" in caplog.text
    assert len(list(outbox.iterdir())) == 1


def test_addition_to_a_run_goes_to_that_run(store: Any, outbox: Path) -> None:
    first = Recorder(PLAN, store, outbox)
    first.open()
    first.close("FINISHED")
    _interrupt(store, outbox, takes=0, attached_to=first.run_id)
    assert replay_outbox(outbox, store) == [first.run_id]
    (run,) = _runs(store)
    assert run.data.metrics["loss"] == pytest.approx(1 / 3)


def test_addition_to_a_run_that_the_store_lacks_is_refused(
    store: Any, other_store: TrackingStore, outbox: Path
) -> None:
    _interrupt(store, outbox, takes=0, attached_to="0" * 32)
    with pytest.raises(TrackingError, match="no run 0000"):
        replay_outbox(outbox, other_store)
    assert len(list(outbox.iterdir())) == 1


def test_dead_server_is_named(store: Any, outbox: Path) -> None:
    _interrupt(store, outbox, takes=1)
    with pytest.raises(TrackingError, match="--local"):
        replay_outbox(outbox, TrackingStore("http://127.0.0.1:9", "trials"))


def test_run_that_was_only_planned_is_forgotten(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.record_parameters({"seed": "7"})
    assert replay_outbox(outbox, store) == []
    assert not outbox.exists()
