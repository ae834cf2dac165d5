"""The whole chain in a project of its own, as a user runs it, on the sample of ``conf/test``."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEDRO = [sys.executable, "-m", "kedro"]


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEDRO_", "MLFLOW_"))}
    return {**kept, "DO_NOT_TRACK": "1"}


def _make_project(folder: Path) -> Path:
    for name in ("conf", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, folder)
    return folder


def _command(*options: str, pipeline: str = "train") -> list[str]:
    return [*KEDRO, "run", f"--pipeline={pipeline}", "--env=test", *options]


def _run(project: Path, environment: dict[str, str], *options: str, pipeline: str = "train") -> str:
    done = subprocess.run(
        _command(*options, pipeline=pipeline),
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def _metrics(project: Path, task: str = "segmentation") -> dict[str, float]:
    path = project / "data" / "08_reporting" / "tiny" / task / "metrics.json"
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]
) -> tuple[Path, str]:
    project = _make_project(tmp_path_factory.mktemp("project"))
    return project, _run(project, environment)


def test_one_command_leaves_all_that_users_count_on(trained):
    project, output = trained
    for path in (
        "data/02_intermediate/tiny/manifest.parquet",
        "data/06_models/tiny/segmentation/model.keras",
        "data/06_models/tiny/segmentation/decision.json",
        "data/06_models/tiny/segmentation/measurement.json",
        "data/08_reporting/tiny/ingestion.json",
        "data/08_reporting/tiny/segmentation/metrics.json",
        "data/08_reporting/tiny/segmentation/learning_curve.png",
        "data/08_reporting/tiny/segmentation/augmentation_sheet.png",
        "data/08_reporting/tiny/segmentation/prediction_sheet.png",
    ):
        assert (project / path).exists(), path
    metrics = _metrics(project)
    assert {"test_f1_pooled", "test_iou_pooled", "test_dice_mean"} <= set(metrics)
    assert all(isinstance(value, int | float) for value in metrics.values())
    for noise in ("cuda", "oneDNN", "cpu_feature_guard", "UserWarning", "DeprecationWarning"):
        assert noise not in output


def test_the_run_is_in_the_tracking_store(trained):
    from mlflow.tracking import MlflowClient

    project, _ = trained
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    experiments = [e.experiment_id for e in client.search_experiments()]
    (run,) = client.search_runs(experiments)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test/f1_pooled"] == pytest.approx(_metrics(project)["test_f1_pooled"])
    assert len(client.get_metric_history(run.info.run_id, "validation/loss")) == 3
    assert run.data.params["training.segmentation.epochs"] == "3"
    assert len(run.data.tags["manifest_digest"]) == 64
    assert {"git_commit", "seed", "backend", "device", "version.tensorflow"} <= set(run.data.tags)
    kept = {file.path for file in client.list_artifacts(run.info.run_id, "figures")}
    assert {"figures/learning_curve.png", "figures/prediction_sheet.png"} <= kept
    (model,) = run.outputs.model_outputs
    assert str(client.get_logged_model(model.model_id).status) == "READY"


@pytest.mark.slow  # the next one shows it too, with an interruption
def test_the_same_seed_gives_identical_metrics(trained, environment):
    project, _ = trained
    path = project / "data" / "08_reporting" / "tiny" / "segmentation" / "metrics.json"
    first = path.read_bytes()
    output = _run(project, environment)
    assert "Tile store is current" in output
    assert path.read_bytes() == first


def test_a_killed_training_goes_on_and_ends_the_same(trained, environment, tmp_path):
    project = _make_project(tmp_path)
    state = project / "data" / "06_models" / "tiny" / "segmentation" / "unfinished"
    process = subprocess.Popen(
        _command(),
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 200
    while not list(state.glob("*/state.npz")) and time.monotonic() < deadline:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    output = _run(project, environment)
    assert "Going on with the unfinished training" in output
    assert _metrics(project) == _metrics(trained[0])
    assert not list(state.glob("*/state.npz"))


@pytest.mark.slow
def test_ctrl_c_in_a_training_ends_at_once_and_the_same_command_goes_on(environment, tmp_path):
    from mlflow.tracking import MlflowClient

    project = _make_project(tmp_path)
    options = ("--params=training.segmentation.epochs=400",)
    with subprocess.Popen(
        _command(*options),
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        _read_until(process, "Epoch 3:")  # the checkpoint of the second is whole
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        told = process.communicate(timeout=120)[0]
        seconds = time.monotonic() - started
    assert process.returncode == 130
    assert seconds < 5, "three seconds, and what a busy machine adds"
    assert told.count("Interrupted.") == 1
    assert "Warning" not in told
    assert "Traceback" not in told
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    (run,) = client.search_runs(experiments)
    assert run.info.status == "KILLED"

    with subprocess.Popen(
        _command(*options),
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        first = _read_until(process, "Epoch ")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert int(first.partition("Epoch ")[2].partition(":")[0]) >= 3


def _read_until(process, words):
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"ended before it said: {words}")


def test_classification_on_the_same_sample(trained, environment):
    project, _ = trained
    _run(project, environment, "--params=task=classification")
    metrics = _metrics(project, "classification")
    assert {"test_accuracy", "test_f1", "test_auc", "test_baseline_f1"} <= set(metrics)
    assert _metrics(project), "the other task's results stay"


def test_ingest_and_listing_never_import_tensorflow(trained, environment):
    project, _ = trained
    script = (
        "import runpy, sys\n"
        "sys.argv = ['kedro', *sys.argv[1:]]\n"
        "try:\n"
        "    runpy.run_module('kedro', run_name='__main__')\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        "found = sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules))\n"
        "print('network libraries:', found)\n"
    )
    for arguments in (["registry", "list"], ["run", "--pipeline=ingest", "--env=test"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "network libraries: []" in done.stdout, done.stdout + done.stderr


def test_the_lineage_page_has_layers_and_previews(trained, environment):
    project, _ = trained
    subprocess.run(
        [*KEDRO, "viz", "build", "--include-previews"],
        cwd=project,
        env={**environment, "KEDRO_ENV": "test"},
        capture_output=True,
        timeout=200,
        check=True,
    )
    chart = json.loads((project / "build" / "api" / "main").read_text())
    assert [layer[:2] for layer in chart["layers"]] == ["01", "02", "05", "06", "08"]
    named = {node["name"]: node["id"] for node in chart["nodes"]}
    for figure in ("learning_curve", "prediction_sheet", "augmentation_sheet"):
        node = json.loads((project / "build" / "api" / "nodes" / named[figure]).read_text())
        assert node["preview"], figure


@pytest.mark.slow
def test_photos_are_predicted_by_either_command(trained, environment):
    project, _ = trained
    photos = project / "data" / "01_raw" / "tiny" / "images"
    done = subprocess.run(
        [*KEDRO, "predict", str(photos), "--mm-per-px=0.5", "--env=test"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    results = project / "data" / "07_model_output" / "tiny" / "inspections" / "images_cracks"
    assert f"Report: {results / 'report.html'}" in output
    assert "Run: predict images" in output
    params = f"--params=prediction.photos={photos},prediction.mm_per_px=0.5,prediction.track=false"
    output = _run(project, environment, params, pipeline="predict")
    assert "are done already" in output
    assert "Run: " not in output
