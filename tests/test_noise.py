import io
import logging
import os
import warnings
from pathlib import Path

import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.noise import divide_log, silence_noise


@pytest.fixture(autouse=True)
def silenced() -> None:
    silence_noise()
    logging.captureWarnings(False)


def test_node_is_told_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    node = logging.getLogger("kedro.pipeline.node")
    node.info("Running node: %s", "cut_tiles: cut_tiles([manifest]) -> [tile_store]")
    assert caplog.messages == ["Running node: cut_tiles"]


def test_error_of_a_node_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("kedro.pipeline.node").error("Node %s failed with error: \n%s", "a", "b")
    assert caplog.messages == []


def test_advice_on_resuming_is_for_bugs_alone(caplog: pytest.LogCaptureFixture) -> None:
    runner = logging.getLogger("kedro.runner.sequential_runner")
    for error in (ZeroDivisionError("bug"), TrainingError("Rule.", received="x", remedy="Mend.")):
        try:
            raise error
        except (ZeroDivisionError, TrainingError):
            runner.warning("There are 2 nodes that have not run")
    assert len(caplog.messages) == 1


def test_steps_are_in_the_file_and_not_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root, screen = logging.Logger("root of a test"), io.StringIO()
    monkeypatch.setattr(logging, "getLogger", lambda: root)
    root.addHandler(logging.StreamHandler(screen))
    divide_log()
    assert len(root.handlers) == 1, "tests are no command"
    monkeypatch.setattr("sys.argv", ["/bin/kedro", "run"])
    divide_log()
    divide_log()
    for name, level, text in (
        ("kedro.pipeline.node", logging.INFO, "Running node: cut_tiles"),
        ("kedro.runner.sequential_runner", logging.INFO, "Completed 1 out of 2 tasks"),
        ("kedro.runner.sequential_runner", logging.WARNING, "2 nodes have not run"),
        ("crack_pipeline.hooks.stages", logging.INFO, "Stage 1 of 5"),
    ):
        root.handle(logging.LogRecord(name, level, "", 0, text, None, None))
    for handler in root.handlers:
        handler.close()
    assert screen.getvalue().splitlines() == ["2 nodes have not run", "Stage 1 of 5"]
    assert len((tmp_path / "logs/kedro.log").read_text().splitlines()) == 4


def test_progress_of_the_runner_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    runner = logging.getLogger("kedro.runner.sequential_runner")
    runner.info("Using synchronous mode for loading and saving data.")
    runner.info("Completed node: %s", "a")
    runner.info("Completed %d out of %d tasks", 1, 2)
    assert caplog.messages == ["Completed 1 out of 2 tasks"]


def test_only_the_named_warnings_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(action="always"):
        silence_noise()
        warnings.warn("register_new_resolver() is deprecated and will go", stacklevel=1)
        warnings.warn("Add type hints to the `predict` method to enable", stacklevel=1)
        warnings.warn("another resolver warning", stacklevel=1)
    logging.captureWarnings(False)
    assert len(caplog.messages) == 1
    assert "another resolver warning" in caplog.messages[0]


def test_setting_of_the_user_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "DEBUG")
    silence_noise()
    assert os.environ["MLFLOW_LOGGING_LEVEL"] == "DEBUG"
