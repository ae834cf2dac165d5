"""The list of tasks: cheap to read, and strict about names."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.task_specs import (
    TaskSpec,
    forget_task,
    register_task,
    task_names,
    task_spec,
)

BLOCKS = ("preprocessing", "augmentation", "model", "training", "evaluation", "explanation")
PARTS = ("score_baseline", "choose_decision", "evaluate", "measure", "measure_elsewhere")

LIST = """
import sys
from crack_pipeline.task_specs import task_names, task_spec
for name in task_names():
    spec = task_spec(name)
    assert spec.use and spec.unit and spec.settings
    spec.settings_class("evaluation"), spec.settings_class("training")
print(*sorted({"keras", "tensorflow", "matplotlib", "kedro"} & set(sys.modules)))
"""


def test_tasks_are_listed_without_keras_and_matplotlib():
    done = subprocess.run(
        [sys.executable, "-c", LIST], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", task_names())
def test_each_part_that_is_named_is_there(name: str):
    spec = task_spec(name)
    assert all(callable(spec.part(part)) for part in PARTS)
    assert all(spec.settings_class(block)() is not None for block in BLOCKS)


def test_unknown_task_names_the_nearest():
    with pytest.raises(ParameterError, match="Did you mean segmentation"):
        task_spec("segmentaton")
    with pytest.raises(ParameterError, match="None"):
        task_spec(None)  # type: ignore[arg-type]


@pytest.fixture
def reading() -> TaskSpec:
    """A third task that shares parts of classification and has no explanation."""
    like = task_spec("classification")
    settings = {name: kind for name, kind in like.settings.items() if name != "explanation"}
    return replace(like, name="reading", settings=settings)


def test_a_name_is_taken_once(reading: TaskSpec):
    register_task(reading)
    try:
        assert task_names()[-1] == "reading"
        register_task(reading)  # the same one, as when a module is read again
        with pytest.raises(ParameterError, match="name of its own"):
            register_task(replace(reading, unit="letters"))
    finally:
        forget_task("reading")
    assert "reading" not in task_names()


def test_a_part_that_a_task_has_not_is_refused_with_those_that_have_it(reading: TaskSpec):
    with pytest.raises(ParameterError, match="explanation") as caught:
        reading.settings_class("explanation")
    assert "segmentation, classification" in str(caught.value)
    with pytest.raises(ParameterError, match="network"):
        reading.part("network")


def test_what_may_be_left_out_is_left_out_by_default():
    optional = {field.name for field in fields(TaskSpec) if field.default is None}
    assert {"network", "targets", "loss", "fit_metrics", "trivial_models"} <= optional
