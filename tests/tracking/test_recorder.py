import logging
import math
from pathlib import Path
from typing import Any

import pytest

from crack_pipeline.tracking.journal import Journal
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.store import TrackingStore

PLAN = RunPlan("unet-tiny", {"seed": "7"})


def _only_run(store: TrackingStore) -> Any:
    experiment = store.client.get_experiment_by_name("trials")
    (run,) = store.client.search_runs([experiment.experiment_id])
    return run


def test_what_is_recorded_before_opening_arrives_too(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.record_parameters({f"p{number}": str(number) for number in range(130)})
    assert recorder.run_id is None
    recorder.open()
    recorder.record_metrics({"loss": 0.5}, step=1)
    recorder.close("FINISHED")
    run = _only_run(store)
    assert run.info.run_id == recorder.run_id
    assert run.info.run_name == "unet-tiny"
    assert run.info.status == "FINISHED"
    assert len(run.data.params) == 130
    assert run.data.tags["seed"] == "7"


def test_epochs_become_a_curve(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    for epoch, loss in enumerate([0.9, 0.5, math.nan], start=1):
        recorder.record_metrics({"loss": loss, "rate": 0.1}, step=epoch)
    recorder.close("FINISHED")
    history = store.client.get_metric_history(recorder.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.9), (2, 0.5)]


def test_file_is_kept_as_it_was(store: Any, outbox: Path, tmp_path: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    figure = tmp_path / "curve.png"
    figure.write_bytes(b"first")
    recorder.record_artifact(figure, "figures")
    figure.write_bytes(b"second")
    recorder.open()
    recorder.close("FINISHED")
    (artifact,) = store.client.list_artifacts(recorder.run_id, "figures")
    assert artifact.path == "figures/curve.png"
    assert artifact.file_size == len(b"first")


def test_journal_is_gone_once_all_has_arrived(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    recorder.close("FINISHED")
    assert not outbox.exists()


def test_store_that_goes_is_told_once_and_costs_nothing(
    store: Any, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    store.takes = 1
    with caplog.at_level(logging.WARNING):
        for epoch in range(1, 5):
            recorder.record_metrics({"loss": 1 / epoch}, step=epoch)
    assert len(caplog.records) == 1
    assert "kedro tracking replay" in caplog.text
    recorder.close("FINISHED")
    kept = Journal(recorder.journal.folder).records()
    assert [record["kind"] for record in kept] == ["metrics"] * 4 + ["end"]


def test_store_that_is_dead_when_opened_costs_nothing(outbox: Path) -> None:
    recorder = Recorder(PLAN, TrackingStore("http://127.0.0.1:9", "trials"), outbox)
    recorder.open()
    recorder.record_metrics({"loss": 1.0}, step=1)
    recorder.close("FINISHED")
    assert recorder.is_lost
    assert recorder.run_id is None
    assert len(recorder.journal.records()) == 2


def test_record_that_the_store_refuses_is_left_out(
    store: Any, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()
    recorder.record_parameters({"epochs": "3"})
    recorder.record_parameters({"epochs": "4"})
    recorder.record_metrics({"loss": 1.0}, step=1)
    recorder.close("FINISHED")
    assert "MLflow refused" in caplog.text
    run = _only_run(store)
    assert run.data.params == {"epochs": "3"}
    assert run.data.metrics == {"loss": 1.0}
    assert not outbox.exists()


def test_journal_that_cannot_be_written_does_not_end_the_training(
    store: Any, outbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.open()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", fail)
    recorder.record_metrics({"loss": 1.0}, step=1)
    assert "No space left" in caplog.text


def test_attached_recorder_leaves_the_end_of_the_run_alone(store: Any, outbox: Path) -> None:
    first = Recorder(PLAN, store, outbox)
    first.open()
    first.close("KILLED")
    ended = _only_run(store).info.end_time
    second = Recorder(RunPlan("unet-tiny", {}, attached_to=first.run_id), store, outbox)
    second.open()
    second.record_metrics({"test_f1_pooled": 0.8})
    second.close("FINISHED")
    run = _only_run(store)
    assert run.info.status == "KILLED"
    assert run.info.end_time == ended
    assert run.data.metrics == {"test_f1_pooled": 0.8}


def test_discarded_run_leaves_nothing(store: Any, outbox: Path) -> None:
    recorder = Recorder(PLAN, store, outbox)
    recorder.record_parameters({"epochs": "3"})
    recorder.discard()
    assert not outbox.exists()
    assert store.client.get_experiment_by_name("trials") is None
