"""The parts of the tracking hook that ``tests/test_cli.py`` does not see from outside."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from mlflow import MlflowClient

from crack_pipeline.errors import TrackingError
from crack_pipeline.tracking.reports import fetch_report


@pytest.fixture
def run_of(tiny_project: Path) -> Any:
    """Runs pipelines of the tiny project; returns what the store has."""
    bootstrap_project(tiny_project)

    def run(params: dict[str, Any] | None = None, **arguments: Any) -> Any:
        with KedroSession.create(project_path=tiny_project, runtime_params=params) as session:
            session.run(**arguments)
        client = MlflowClient(tracking_uri=f"sqlite:///{tiny_project / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("crack_pipeline")
        return client, list(client.search_runs([experiment.experiment_id]))

    return run


def test_run_says_where_it_comes_from(run_of: Any) -> None:
    _, (run,) = run_of()
    tags = run.data.tags
    expected = {
        "seed": "7",
        "backend": "none",
        "device": "cpu",
        "manifest_digest": "d1ce",
        "dataset": "tiny",
        "task": "segmentation",
        "model": "line",
        "env": "base",
    }
    assert expected.items() <= tags.items()
    assert {"git_commit", "version.keras", "kedro_command", "mlflow.user"} <= set(tags)
    assert run.info.run_name == "line-tiny"
    assert tags["changed"] == "nothing"


def test_main_parameters_of_the_task_are_shown_and_all_are_in_a_file(
    run_of: Any, tmp_path: Path
) -> None:
    client, (run,) = run_of()
    assert run.data.params == {
        "task": "segmentation",
        "dataset": "tiny",
        "model.segmentation.name": "line",
        "model.segmentation.settings": "",
        "training.segmentation.epochs": "3",
        "training.segmentation.optimizer": "adam",
        "training.segmentation.seed": "7",
        "training.backend": "tensorflow",
    }
    file = client.download_artifacts(run.info.run_id, "parameters.yml", str(tmp_path))
    kept = yaml.safe_load(Path(file).read_text())
    assert kept["training.classification.epochs"] == 3
    assert kept["training.segmentation.optimizer"] == "adam"


def test_what_was_changed_is_told(run_of: Any) -> None:
    _, (run,) = run_of({"training": {"segmentation": {"epochs": 2}}, "task": "segmentation"})
    assert run.data.tags["changed"] == "training.segmentation.epochs=2"
    assert run.info.run_name == "line-tiny epochs=2"


def test_data_set_is_logged_as_one(run_of: Any) -> None:
    client, (run,) = run_of()
    (found,) = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("tiny", "d1ce")


def test_experiment_says_what_it_is(run_of: Any) -> None:
    client, (run,) = run_of()
    tags = client.get_experiment(run.info.experiment_id).tags
    assert "find cracks in photos" in tags["mlflow.note.content"]
    assert tags["project"] == "crack_pipeline"


def test_the_run_is_named_with_its_address(run_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    _, (run,) = run_of()
    page = f"http://127.0.0.1:5000/#/experiments/1/runs/{run.info.run_id}"
    address = f"{page}?workflowType=machine_learning"
    assert f"Recording the run line-tiny: {address}" in caplog.messages
    assert f"Run: line-tiny; `kedro mlflow ui` shows it at\n  {address}" in caplog.messages


def test_curves_metrics_and_files_are_kept(run_of: Any, tiny_project: Path) -> None:
    client, (run,) = run_of()
    history = client.get_metric_history(run.info.run_id, "validation/loss")
    assert [(point.step, point.value) for point in history] == [(1, 2.0), (2, 1.0), (3, 0.666667)]
    assert set(run.data.metrics) == {"train/loss", "validation/loss", "test/f1_pooled"}
    assert run.data.metrics["test/f1_pooled"] == 0.75
    files = {file.path for file in client.list_artifacts(run.info.run_id, "reports")}
    assert files == {"reports/tile_store.json", "reports/model_info.json", "reports/metrics.json"}
    figures = [file.path for file in client.list_artifacts(run.info.run_id, "figures")]
    assert figures == ["figures/learning_curve.txt"]
    assert run.info.artifact_uri.startswith((tiny_project / "mlartifacts").as_uri())


def test_run_id_is_written_beside_the_model(run_of: Any, tiny_project: Path) -> None:
    _, (run,) = run_of()
    info = json.loads((tiny_project / "data/model_info.json").read_text())
    assert info["run_id"] == run.info.run_id


def test_runs_to_compare_are_looked_for_in_the_projects_store(run_of: Any) -> None:
    _, (run,) = run_of()
    with pytest.raises(TrackingError, match=f"{run.info.run_id}\\) without reports/evaluation"):
        fetch_report(run.info.run_name)


def test_training_that_is_skipped_makes_no_run(run_of: Any, tiny_project: Path) -> None:
    run_of()
    (tiny_project / "data/metrics.json").unlink()
    _, runs = run_of(only_missing_outputs=True)
    assert len(runs) == 1
    assert runs[0].data.tags["added.git_commit"] == "unknown"
    assert not (tiny_project / "outbox").exists()


def test_only_the_first_of_several_processes_records(run_of: Any, monkeypatch: Any) -> None:
    several = {"training": {"distribution": {"processes": 2}}}
    monkeypatch.setenv("CRACK_PROCESS", "0")
    assert len(run_of(several)[1]) == 1
    monkeypatch.setenv("CRACK_PROCESS", "1")
    assert len(run_of(several, pipeline_names=["fit"])[1]) == 1
    assert len(run_of()[1]) == 2, "a variable left over from elsewhere hides no run"


def test_context_serves_the_ui(tiny_project: Path, loud_plugins: None) -> None:
    bootstrap_project(tiny_project)
    with KedroSession.create(project_path=tiny_project) as session:
        context: Any = session.load_context()
    uri = context.mlflow.server.mlflow_tracking_uri
    assert uri == f"sqlite:///{tiny_project / 'mlflow.db'}"
    assert (context.mlflow.ui.host, context.mlflow.ui.port) == ("127.0.0.1", "5000")


def test_run_says_which_pipeline_was_asked_for(run_of: Any) -> None:
    _, (run,) = run_of()
    assert run.data.tags["pipeline"] == "train"
