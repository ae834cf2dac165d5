"""The comparison of runs on an in-memory catalog, with runs in a real store and in files."""

import json
import shutil
import subprocess
import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset
from tests.comparing.contents import make_report

from crack_pipeline.errors import CrackPipelineError, ManifestError, ParameterError, SourceError
from crack_pipeline.pipelines.compare_runs import create_pipeline
from crack_pipeline.pipelines.compare_runs.nodes import CompareParams
from crack_pipeline.tracking import reports
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.reports import use_stores
from crack_pipeline.tracking.store import TrackingStore

OUTPUTS = ("run_comparison", "run_comparison_table", "run_comparison_figure")
IMPORTED = """
import sys
import crack_pipeline.pipelines.compare_runs
print(sorted({"tensorflow", "keras", "mlflow", "sklearn"} & set(sys.modules)))
"""


@pytest.fixture
def write_report(tmp_path):
    """Writes a report into a folder of its own and gives the folder."""

    def write(name, report):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "evaluation_report.json").write_text(json.dumps(report))
        return folder

    return write


@pytest.fixture
def store(tmp_path, empty_tracking_store, monkeypatch):
    """An SQLite store that the comparison looks into."""
    shutil.copy(empty_tracking_store, tmp_path / "mlflow.db")
    store = TrackingStore(
        f"sqlite:///{tmp_path / 'mlflow.db'}", "trials", (tmp_path / "mlartifacts").as_uri()
    )
    monkeypatch.setattr(reports, "_stores", ())
    use_stores(store, store)
    return store


def _record(store, folder, name):
    recorder = Recorder(RunPlan(name, {}), store, folder.parent / "outbox")
    recorder.open()
    recorder.record_artifact(folder / "evaluation_report.json", "reports")
    recorder.close("FINISHED")
    return recorder.run_id


@pytest.fixture
def compare(tmp_path):
    """Runs the pipeline and gives report, table and figure back."""

    def run(run_a, run_b, **changes):
        params = CompareParams(run_a=str(run_a), run_b=str(run_b), resamples=100, **changes)
        catalog = DataCatalog(
            {
                "params:compare": MemoryDataset(params),
                "run_comparison": JSONDataset(filepath=str(tmp_path / "run_comparison.json")),
                "run_comparison_table": MemoryDataset(),
                "run_comparison_figure": MemoryDataset(copy_mode="assign"),
            }
        )
        SequentialRunner().run(create_pipeline(), catalog)
        return [catalog.load(name) for name in OUTPUTS]

    return run


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_two_files_are_compared_without_a_store(task, write_report, compare):
    good = write_report("good", make_report(task, skill=0.9))
    bad = write_report("bad", make_report(task, skill=0.55, seed=1))
    report, table, figure = compare(good, bad / "evaluation_report.json")
    assert "a is better by" in report["sentence"]
    assert report["runs"]["a"]["origin"] == str(good)
    assert len(table) == len(report["differences"]) == 5
    assert len(figure.axes[0].get_yticklabels()) == 5


def test_runs_of_the_store_are_compared_with_each_other_and_with_files(
    store, write_report, compare
):
    folders = [write_report(f"seed {n}", make_report(seed=n)) for n in range(3)]
    run_id = _record(store, folders[0], "first run")
    _record(store, folders[1], "second run")
    report, _, _ = compare(run_id[:16], "second run")
    assert report["runs"]["a"] | {"name": "first run", "origin": run_id} == report["runs"]["a"]
    report, _, _ = compare("first run", folders[2])
    assert report["runs"]["b"]["name"] == str(folders[2])


def test_a_run_that_does_not_exist_is_refused(store, write_report, compare):
    folder = write_report("one", make_report())
    _record(store, folder, "first run")
    with pytest.raises(ParameterError, match=r"Did you mean .* \(first run\)"):
        compare(folder, "frist run")


def test_a_path_that_does_not_exist_is_no_run(write_report, compare):
    folder = write_report("one", make_report())
    with pytest.raises(SourceError, match="No such file"):
        compare(folder, folder / "other.json")


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        (make_report("classification"), ParameterError, "of the same task"),
        (make_report(), ParameterError, "two different evaluations"),
        (make_report(seed=1) | {"photos": make_report()["photos"][3:]}, ManifestError, "21 are"),
        ({"decision": make_report()["decision"], "photos": []}, SourceError, "earlier version"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(other, error, words, write_report, compare):
    first = write_report("one", make_report())
    with pytest.raises(error, match=words):
        compare(first, write_report("two", other))


def test_the_same_run_under_two_names_is_refused(store, write_report, compare):
    run_id = _record(store, write_report("one", make_report()), "first run")
    with pytest.raises(ParameterError, match="two different evaluations"):
        compare(run_id, "first run")


def test_shared_photos_are_compared_where_that_is_asked_for(write_report, compare):
    first = write_report("one", make_report())
    fewer = make_report(seed=1) | {"photos": make_report(seed=1)["photos"][4:]}
    report, _, _ = compare(first, write_report("two", fewer), photos="shared")
    assert report["photos"] == 20
    assert report["photos_left_out"] == {"a": 4, "b": 0}


def test_a_missing_parameter_is_told():
    catalog = DataCatalog({"params:compare": MemoryDataset(CompareParams())})
    with pytest.raises(CrackPipelineError, match=r"no compare\.run_a"):
        SequentialRunner().run(create_pipeline(), catalog)


def test_it_needs_parameters_alone_and_opens_no_run():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {"params:compare"}
    assert pipeline.outputs() == {"run_comparison_table", "run_comparison_figure"}
    for node in pipeline.nodes:
        assert node.name == node.func.__name__
        assert not {"trains", "attaches"} & node.tags


def test_importing_the_pipeline_loads_no_heavy_library():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
