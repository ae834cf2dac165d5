import json
from pathlib import Path

import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.storage import seal_record
from crack_pipeline.task_specs import TaskSpec, forget_task, register_task
from crack_pipeline.tracking import reports
from crack_pipeline.tracking.model_choice import choose_model

FACTS = {"task": "segmentation", "model": "unet", "tile_px": 32, "overlap_px": 8}
DECISION = {"threshold": 0.4, "views": "none"}


@pytest.fixture(autouse=True)
def no_stores(monkeypatch):
    monkeypatch.setattr(reports, "_stores", ())
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def write_model(folder: Path, *, decided: bool = True, **facts: object) -> Path:
    """A folder with a network that is never loaded."""
    folder.mkdir(parents=True)
    (folder / "model.keras").touch()
    (folder / "model_info.json").write_text(json.dumps(seal_record({**FACTS, **facts})))
    if decided:
        (folder / "decision.json").write_text(json.dumps(seal_record(DECISION)))
    return folder


def test_the_newest_and_a_named_one_are_read(tmp_path):
    folder = write_model(tmp_path / "sample" / "segmentation")
    bundle, origin = choose_model("newest", newest=folder, task="segmentation")
    assert (bundle.threshold, origin) == (0.4, str(folder))
    assert choose_model(str(folder))[0].threshold == 0.4


def test_without_model_the_command_that_makes_one_is_named(tmp_path):
    newest = tmp_path / "sample" / "segmentation"
    with pytest.raises(ParameterError, match=r"make train.*kedro run --pipeline=train"):
        choose_model("newest", newest=newest)
    with pytest.raises(ParameterError, match=r"--model.*kedro run --pipeline=train"):
        choose_model("newest")
    other = write_model(tmp_path / "metu" / "segmentation")
    with pytest.raises(ParameterError, match=f"--model={other}"):
        choose_model("newest", newest=newest)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ParameterError, match="no folder at"):
        choose_model(str(tmp_path / "nowhere"))
    with pytest.raises(ParameterError, match="no MLFLOW_TRACKING_URI"):
        choose_model("0123456789abcdef")


def test_a_model_that_was_not_evaluated_is_refused(tmp_path):
    folder = write_model(tmp_path / "model", decided=False)
    with pytest.raises(ParameterError, match="pipeline=evaluate"):
        choose_model(str(folder))


def test_a_model_of_another_task_is_refused(tmp_path):
    folder = write_model(tmp_path / "model")
    with pytest.raises(ParameterError, match="task=classification"):
        choose_model("newest", newest=folder, task="classification")
    parts = dict.fromkeys(("score_baseline", "choose_decision", "evaluate"), print)
    counting = TaskSpec(
        name="counting", truth="photos", use="counts", unit="photos", settings={}, **parts
    )
    register_task(counting)
    try:
        with pytest.raises(ParameterError, match="a counting model"):
            choose_model(str(write_model(tmp_path / "counter", task="counting")))
    finally:
        forget_task("counting")


def test_a_run_that_is_not_there_is_told(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    with pytest.raises(ParameterError, match="give the folder of a model"):
        choose_model("0123456789abcdef")
