import json
import zipfile
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
    with pytest.raises(ParameterError, match=r"starter's wheel.*train --env=starter.*make train"):
        choose_model("newest", newest=newest)
    with pytest.raises(ParameterError, match=r"starter.*--model=<folder>"):
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


@pytest.fixture
def starter(tmp_path, monkeypatch):
    """An installed starter."""
    package = tmp_path / "site" / "crack_pipeline_starter"
    folder = write_model(package / "model")
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("weights", "0123456789")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    return folder


def test_the_installed_starter_is_taken_where_there_is_no_other_model(tmp_path, starter):
    bundle, origin = choose_model("newest", newest=tmp_path / "sample" / "segmentation")
    assert (bundle.threshold, origin) == (0.4, f"the starter, {starter}")
    assert choose_model("newest")[1] == origin


def test_of_two_models_the_projects_own_is_taken_and_the_other_named(tmp_path, starter, caplog):
    newest = write_model(tmp_path / "sample" / "segmentation")
    with caplog.at_level("INFO"):
        assert choose_model("newest", newest=newest)[1] == str(newest)
    assert "--model=starter takes the starter" in caplog.text
    assert choose_model("starter", newest=newest)[1] == f"the starter, {starter}"


def test_a_starter_that_is_not_installed_is_asked_for():
    with pytest.raises(ParameterError, match=r"no package.*make starter-wheel"):
        choose_model("starter")


@pytest.mark.parametrize(
    ("facts", "received"),
    [({"format_version": 99}, "99"), ({"task": "classification"}, "a classification model")],
)
def test_a_starter_of_a_later_version_or_another_task_is_refused(starter, facts, received):
    record = json.dumps(seal_record({**FACTS, **facts}))
    (starter / "model_info.json").write_text(record)
    with pytest.raises(ParameterError, match=f"{received}.*Install the wheel"):
        choose_model("starter")


def test_a_starter_whose_network_is_cut_off_is_refused(starter):
    network = starter / "model.keras"
    network.write_bytes(network.read_bytes()[:20])
    with pytest.raises(ParameterError, match=r"zip file.*Install the wheel"):
        choose_model("starter")


def test_a_starter_with_a_changed_byte_is_refused(starter):
    network = starter / "model.keras"
    network.write_bytes(network.read_bytes().replace(b"456", b"654"))
    with pytest.raises(ParameterError, match=r"weights in model.keras is damaged.*Install"):
        choose_model("starter")


def test_a_damaged_starter_is_refused(starter):
    (starter / "decision.json").write_text('{"threshold": 0.4, "vi')
    with pytest.raises(ParameterError, match=r"decision.json.*Install the wheel"):
        choose_model("newest")


def test_a_folder_of_several_models_is_refused_by_their_names(tmp_path):
    first, second = (write_model(tmp_path / name / "segmentation") for name in ("a", "b"))
    with pytest.raises(ParameterError, match=f"2 models: {first}, {second}"):
        choose_model(str(tmp_path))
