"""``kedro run`` as users type it, on a project whose pipelines take no time."""

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from crack_pipeline.tracking.journal import Journal
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.store import TrackingStore, answers

Kedro = Callable[..., int]
_KEDRO = [str(Path(sys.executable).parent / "kedro")]


@pytest.fixture
def kedro(tiny_project: Path) -> Iterator[Kedro]:
    """Runs a kedro command in this process; returns its exit code."""
    from kedro.framework.cli.cli import KedroCLI

    def call(*arguments: str) -> int:
        _log_to_screen()
        with pytest.raises(SystemExit) as ended:
            KedroCLI(tiny_project).main(list(arguments))
        return int(ended.value.code or 0)

    yield call
    _log_to_screen()


def _log_to_screen() -> None:
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:  # the screen of a test closes with it
            handler.stream = sys.stderr


def _runs(folder: Path) -> list[Run]:
    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(experiments))


def test_training_makes_one_finished_run(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run", "--pipeline=train") == 0
    (run,) = _runs(tiny_project)
    assert run.info.status == "FINISHED"
    assert run.data.params["training.segmentation.epochs"] == "3"
    assert run.data.metrics["test/f1_pooled"] == 0.75
    assert "test/empty" not in run.data.metrics


def test_a_process_that_helped_to_train_ends_well_and_runs_no_later_node(
    kedro: Kedro, tiny_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert kedro("run", "--pipeline=train", "--params=training.ends_with=follower") == 0
    assert "Process 1 is done; process 0 keeps the model" in capfd.readouterr().err
    assert not (tiny_project / "data/model_info.json").exists()
    assert not (tiny_project / "data/metrics.json").exists()


def test_preparing_makes_no_run(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run", "--pipeline=preprocess") == 0
    assert _runs(tiny_project) == []


@pytest.mark.parametrize("name", ["cut_tiles", "preprocess.cut_tiles"])
@pytest.mark.parametrize("pipeline", ["preprocess", "train"])
def test_a_node_is_named_with_or_without_its_stage(
    name: str, pipeline: str, kedro: Kedro, tiny_project: Path
) -> None:
    assert kedro("run", f"--pipeline={pipeline}", f"--nodes={name}") == 0
    assert {path.name for path in (tiny_project / "data").iterdir()} == {"tile_store.json"}


def test_a_stage_beside_the_chain_that_holds_it_is_run_once(
    kedro: Kedro, tiny_project: Path
) -> None:
    assert kedro("run", "--pipelines=evaluate,train") == 0
    assert len(_runs(tiny_project)) == 1


MISTAKES = {
    "parameter without its path": (
        ["--params=epochs=3"],
        "Did you mean training.segmentation.epochs?",
    ),
    "node": (["--nodes=cut_tile"], "Did you mean cut_tiles?"),
    "beginning": (["--from-nodes=preprocess.cut_tile"], "Did you mean cut_tiles?"),
    "data set": (["--to-outputs=tile_stor"], "Did you mean tile_store?"),
    "tag": (["--tags=train"], "Did you mean trains?"),
    "nothing left": (["--from-nodes=fit_model", "--to-nodes=cut_tiles"], "registry describe"),
    "version": (["--load-versions=tile_store:2024"], "kept in versions"),
    "comma in a value": (["--params=training.wait_for=a,b"], "split at commas"),
    "no value": (["--params=training.wait_for="], "or null for none"),
    "choice that YAML changes": (["--params=training.segmentation.optimizer=no"], "'no'"),
    "environment": (["--env=elswhere"], "Did you mean elsewhere?"),
    "pipeline": (["--pipeline=trian"], "Did you mean train?"),
    "top-level parameter": (["--params=traning.epochs=9"], "Did you mean training?"),
    "nested parameter": (
        ["--params=training.segmentation.epoch=9"],
        "Did you mean training.segmentation.epochs?",
    ),
    "out of range": (["--params=training.segmentation.epochs=0"], "greater than or equal to 1"),
    "unknown choice": (["--params=training.segmentation.optimizer=adm"], "'adam' or 'sgd'"),
    "task": (["--params=task=segmentatoin"], "Did you mean segmentation?"),
    "missing input": (["--pipeline=fit"], "kedro run --pipeline=preprocess"),
    "failing training": (["--params=training.ends_with=mistake"], "Received: nan. Lower it."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_ends_with_one_message(
    name: str, kedro: Kedro, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = MISTAKES[name]
    assert kedro("run", *arguments) == 1
    told = capfd.readouterr().err
    assert expected in told
    assert "Traceback" not in told
    assert told.count("Received: ") == 1


def test_misspelt_parameter_in_an_environment_is_refused(
    kedro: Kedro, tiny_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tiny_project / "conf/elsewhere/parameters.yml").write_text("trainin:\n  epochs: 3\n")
    assert kedro("run", "--env=elsewhere") == 1
    assert "Did you mean training?" in capfd.readouterr().err


def test_broken_yaml_is_named(
    kedro: Kedro, tiny_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tiny_project / "conf/elsewhere/parameters.yml").write_text("training: [\n")
    assert kedro("run", "--env=elsewhere") == 1
    told = capfd.readouterr().err
    assert "elsewhere/parameters.yml" in told
    assert "Traceback" not in told


def test_refused_parameters_leave_no_run(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run", "--params=training.segmentation.epochs=0") == 1
    assert _runs(tiny_project) == []


def test_bug_keeps_its_traceback(tiny_project: Path) -> None:
    from kedro.framework.cli.cli import KedroCLI

    with pytest.raises(ZeroDivisionError):
        KedroCLI(tiny_project).main(["run", "--params=training.ends_with=bug"])
    (run,) = _runs(tiny_project)
    assert run.info.status == "FAILED"


def test_interrupt_marks_the_run_as_killed(
    kedro: Kedro, tiny_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert kedro("run", "--params=training.ends_with=interrupt") == 130
    (run,) = _runs(tiny_project)
    assert run.info.status == "KILLED"
    assert "same command" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("ends_with", ["success", "deaf"])
def test_ctrl_c_ends_within_three_seconds(ends_with: str, tiny_project: Path) -> None:
    meeting = tiny_project / "meeting"
    params = f"--params=training.wait_for={meeting},training.ends_with={ends_with}"
    with subprocess.Popen(
        [*_KEDRO, "run", params], cwd=tiny_project, stderr=subprocess.PIPE, text=True
    ) as training:
        assert training.stderr is not None
        assert training.stderr.readline() == "kedro run: starting …\n"
        _wait_until(meeting.exists)
        started = time.monotonic()
        training.send_signal(signal.SIGINT)
        told = training.communicate(timeout=60)[1]
        seconds = time.monotonic() - started
    assert training.returncode == 130
    assert seconds < 5, "three seconds, and what a busy machine adds"
    assert told.count("The same command goes on") == 1
    assert "Traceback" not in told
    assert "Running node: fit_model" not in told
    assert "Running node: fit_model" in (tiny_project / "logs/kedro.log").read_text()
    (run,) = _runs(tiny_project)
    # Where the store was slow, the next training ends the run by its journal.
    assert run.info.status == "KILLED" or any((tiny_project / "outbox").glob("*"))


def test_help_lists_run_once(kedro: Kedro, capfd: pytest.CaptureFixture[str]) -> None:
    assert kedro("--help") == 0
    commands = [line.split()[0] for line in capfd.readouterr().out.splitlines() if line.split()]
    assert commands.count("run") == 1
    assert "tracking" in commands


def test_second_session_in_a_process_makes_its_own_run(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run") == 0
    assert kedro("run", "--params=training.ends_with=mistake") == 1
    assert [run.info.status for run in _runs(tiny_project)] == ["FAILED", "FINISHED"]


def test_evaluation_adds_to_the_run_of_its_model(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run", "--pipeline=preprocess") == 0
    assert kedro("run", "--pipeline=fit") == 0
    (before,) = _runs(tiny_project)
    assert kedro("run", "--pipeline=evaluate") == 0
    (after,) = _runs(tiny_project)
    assert after.info.run_id == before.info.run_id
    assert after.info.end_time == before.info.end_time
    assert after.data.metrics["test/f1_pooled"] == 0.75


def test_evaluation_without_its_run_goes_on(kedro: Kedro, tiny_project: Path) -> None:
    assert kedro("run", "--pipeline=preprocess") == 0
    assert kedro("run", "--pipeline=fit") == 0
    info_path = tiny_project / "data/model_info.json"
    info = json.loads(info_path.read_text())
    info_path.write_text(json.dumps({**info, "run_id": "0" * 32}))
    assert kedro("run", "--pipeline=evaluate") == 0
    assert (tiny_project / "data/metrics.json").exists()


def test_dead_server_at_the_start_falls_back_to_the_local_store(
    kedro: Kedro,
    tiny_project: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    started = time.monotonic()
    assert kedro("run") == 0
    assert time.monotonic() - started < 10
    assert "http://127.0.0.1:9 does not answer" in caplog.text
    (run,) = _runs(tiny_project)
    assert run.info.status == "FINISHED"


def test_replay_logs_what_waits(
    kedro: Kedro,
    tiny_project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dead = "http://127.0.0.1:9"
    recorder = Recorder(
        RunPlan("unet-tiny", {}), TrackingStore(dead, "trials"), tiny_project / "outbox"
    )
    recorder.open()
    recorder.record_metrics({"test_f1_pooled": 0.5})
    recorder.close("FINISHED")
    monkeypatch.setattr(Journal, "is_abandoned", lambda _: True)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", dead)
    assert kedro("tracking", "replay") == 1
    told = capfd.readouterr().err
    assert "TrackingError" in told
    assert "Traceback" not in told
    assert kedro("tracking", "replay", "--local") == 0
    (run,) = _runs(tiny_project)
    assert run.data.metrics == {"test_f1_pooled": 0.5}
    assert kedro("tracking", "replay", "--local") == 0
    assert len(_runs(tiny_project)) == 1


def test_listing_and_ingesting_import_no_tensorflow(tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    shutil.copytree(root / "conf", tmp_path / "conf")
    shutil.copy(root / "pyproject.toml", tmp_path)
    shutil.copy(root / ".telemetry", tmp_path)
    (tmp_path / "src").mkdir()
    code = f"""
import sys
from kedro.framework.cli.cli import KedroCLI
from pathlib import Path
for arguments in (["registry", "list"], ["run", "--pipeline=ingest", "--env=test"]):
    try:
        KedroCLI(Path({str(tmp_path)!r})).main(arguments)
    except SystemExit as ended:
        assert not ended.code
    imported = {{"tensorflow", "keras", "jax", "torch"}} & set(sys.modules)
    assert not imported, (arguments, imported)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, timeout=120, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout
    assert (tmp_path / "data/02_intermediate/tiny/manifest.parquet").exists()
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_a_bare_name_is_answered_with_the_parameter_of_the_running_task(
    task: str, tmp_path: Path
) -> None:
    root = Path(__file__).parents[1]
    shutil.copytree(root / "conf", tmp_path / "conf")
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(root / name, tmp_path)
    (tmp_path / "src").mkdir()
    done = subprocess.run(
        [*_KEDRO, "run", "--pipeline=train", f"--params=task={task},epochs=3"],
        cwd=tmp_path,
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"Did you mean training.{task}.epochs?" in done.stderr


@pytest.mark.slow
def test_server_that_dies_in_the_middle_costs_nothing(tiny_project: Path) -> None:
    port, server = _start_server(tiny_project)
    uri, meeting = f"http://127.0.0.1:{port}", tiny_project / "meeting"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri}
    command = [*_KEDRO, "run", f"--params=training.wait_for={meeting}"]
    with subprocess.Popen(
        command, cwd=tiny_project, env=environment, stderr=subprocess.PIPE, text=True
    ) as training:
        _wait_until(meeting.exists)
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        meeting.unlink()
        told = training.communicate(timeout=60)[1]
    assert training.returncode == 0
    assert (tiny_project / "data/metrics.json").exists()
    assert "kedro tracking replay" in told
    assert "Traceback" not in told

    refused = _replay(tiny_project, environment)
    assert refused.returncode == 1
    assert "TrackingError" in refused.stderr
    _, server = _start_server(tiny_project, port)
    try:
        assert _replay(tiny_project, environment).returncode == 0
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name("crack_pipeline")
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.info.status == "FINISHED"
        assert run.data.metrics["test/f1_pooled"] == 0.75
        losses = client.get_metric_history(run.info.run_id, "train/loss")
        assert sorted(loss.step for loss in losses) == [1, 2, 3]
        assert not (tiny_project / "outbox").exists()
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _replay(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_KEDRO, "tracking", "replay"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _start_server(folder: Path, port: int | None = None) -> tuple[int, subprocess.Popen[bytes]]:
    port = port or _free_port()
    served = folder / "served"
    served.mkdir(exist_ok=True)
    server = subprocess.Popen(
        [
            *(str(Path(sys.executable).parent / "mlflow"), "server", "--port", str(port)),
            *("--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
            *("--artifacts-destination", str(served)),
        ],
        cwd=served,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _wait_until(lambda: answers(f"http://127.0.0.1:{port}"))
    return port, server


def _wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_the_page_of_runs_says_where_it_is_and_ends_with_ctrl_c(
    kedro: Kedro, tiny_project: Path
) -> None:
    assert kedro("run", "--pipeline=train") == 0
    port = _free_port()
    command = [*_KEDRO, "mlflow", "ui", "--port", str(port)]
    page = subprocess.Popen(
        command,
        cwd=tiny_project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert page.stdout is not None
        first = page.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        assert first == f"Runs: {address}/#/experiments/1/runs?workflowType=machine_learning\n"
        _wait_until(lambda: answers(address))
        page.send_signal(signal.SIGINT)
        _, told = page.communicate(timeout=60)
    finally:
        if page.poll() is None:
            page.terminate()
            page.wait(timeout=60)
    assert page.returncode == 0
    assert "StarletteDeprecationWarning" not in told
    assert "Traceback" not in told
    assert not answers(address)
