"""Reports of real runs in an SQLite store."""

import json

import pytest

from crack_pipeline.errors import ParameterError, SourceError, TrackingError
from crack_pipeline.tracking import reports
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.reports import fetch_report, use_stores
from crack_pipeline.tracking.store import TrackingStore

GONE = TrackingStore("http://127.0.0.1:9", "trials")


@pytest.fixture(autouse=True)
def forget_stores(monkeypatch):
    """No test leaves its stores to the next one."""
    monkeypatch.setattr(reports, "_stores", ())


@pytest.fixture
def add_run(store, outbox, tmp_path):
    """Records a run, with a report where there is a text for it; gives its id."""

    def add(name: str, report: str | None = "{}", status: str = "FINISHED") -> str:
        recorder = Recorder(RunPlan(name, {}), store, outbox)
        recorder.open()
        if report is not None:
            path = tmp_path / "evaluation_report.json"
            path.write_text(report, encoding="utf-8")
            recorder.record_artifact(path, "reports")
        recorder.close(status)
        return str(recorder.run_id)

    use_stores(store, store)
    return add


def test_a_run_is_found_by_its_id_a_part_of_it_or_its_name(add_run):
    run_id = add_run("unet-lines 2026", json.dumps({"photos": [1]}))
    add_run("another")
    for reference in (run_id, run_id[:12], "unet-lines 2026"):
        run, content = fetch_report(reference)
        assert (run.run_id, run.name) == (run_id, "unet-lines 2026")
        assert content == {"photos": [1]}


def test_an_unknown_run_is_told_the_nearest_and_the_last_ones(add_run):
    ids = [add_run(f"unet-lines {number}") for number in range(4)]
    with pytest.raises(ParameterError, match="Received: unet-line 3") as caught:
        fetch_report("unet-line 3")
    remedy = caught.value.remedy
    assert f"Did you mean {ids[3]} (unet-lines 3)" in remedy
    assert f"The last runs: {ids[3]} (unet-lines 3), {ids[2]}" in remedy
    assert ids[0] not in remedy.split("The last runs")[1]


def test_runs_that_were_cut_short_are_offered_only_where_there_are_no_others(add_run):
    failed = add_run("broken off", status="FAILED")
    with pytest.raises(ParameterError) as caught:
        fetch_report("anything")
    assert f"The last runs: {failed} (broken off, failed)" in caught.value.remedy
    finished = add_run("whole")
    add_run("killed", status="KILLED")
    with pytest.raises(ParameterError) as caught:
        fetch_report("anything")
    assert f"The last runs: {finished} (whole)." in caught.value.remedy


def test_a_short_beginning_of_an_id_is_told_to_be_short(add_run):
    run_id = add_run("unet-lines")
    with pytest.raises(ParameterError, match="at least 4 characters") as caught:
        fetch_report(run_id[:2])
    assert f"{run_id} (unet-lines)" in caught.value.remedy


def test_a_name_of_two_runs_does_not_say_which(add_run):
    ids = [add_run("twin"), add_run("twin")]
    with pytest.raises(ParameterError, match="one run only") as caught:
        fetch_report("twin")
    assert all(run_id in caught.value.received for run_id in ids)


def test_a_run_without_evaluation_report_is_refused(add_run):
    run_id = add_run("child", None)
    with pytest.raises(TrackingError, match=f"run child \\({run_id}\\) without reports/"):
        fetch_report(run_id)


def test_a_report_that_is_no_json_is_refused(add_run):
    run_id = add_run("broken", "{")
    with pytest.raises(SourceError, match="no JSON"):
        fetch_report(run_id)


def test_an_empty_store_asks_for_a_training(store):
    use_stores(store, store)
    with pytest.raises(ParameterError, match="there is no run in sqlite") as caught:
        fetch_report("anything")
    assert "Train a model first" in caught.value.remedy


def test_looking_for_a_run_makes_no_database(tmp_path):
    missing = TrackingStore(f"sqlite:///{tmp_path / 'none.db'}", "trials")
    use_stores(missing, missing)
    with pytest.raises(ParameterError, match="there is no run"):
        fetch_report("anything")
    assert list(tmp_path.iterdir()) == []


def test_a_run_in_the_projects_own_store_is_found_without_the_server(store, add_run):
    run_id = add_run("kept at home")
    use_stores(GONE, store)
    run, _ = fetch_report(run_id)
    assert run.name == "kept at home"


def test_a_server_that_does_not_answer_is_told(store):
    use_stores(GONE, store)
    with pytest.raises(TrackingError, match="no answer") as caught:
        fetch_report("anything")
    assert "path of an evaluation_report.json" in caught.value.remedy
