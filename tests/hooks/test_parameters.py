from pathlib import Path
from typing import Any, Literal

import pytest
from kedro.pipeline import Node, Pipeline
from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.errors import ParameterError
from crack_pipeline.hooks.parameters import check_parameter_values, find_parameter, read_typed
from crack_pipeline.types import UserPath

STRICT = ConfigDict(extra="forbid", frozen=True)


class Schedule(BaseModel):
    model_config = STRICT

    warmup_share: float = Field(0.0, ge=0, lt=1)


class Recipe(BaseModel):
    model_config = STRICT

    epochs: int = Field(1, ge=1, le=500)
    optimizer: Literal["adam", "sgd"] = "adam"
    schedule: Schedule | None = None
    tile_px: int = 32

    @field_validator("tile_px")
    @classmethod
    def divisible(cls, tile_px: int) -> int:
        if tile_px % 32:
            raise ValueError("tile_px must be a multiple of 32")
        return tile_px


class Training(BaseModel):
    model_config = STRICT

    segmentation: Recipe = Recipe()
    path: str = "here"
    log: UserPath | None = None
    only: str | tuple[str, ...] = ()
    scale: Literal["auto"] | float = "auto"


def fit(training: Training, task: str) -> int:
    return len(training.path) + len(task)


PIPELINES = {"fit": Pipeline([Node(fit, ["params:training", "params:task"], "model")])}


def _complaint(**recipe: Any) -> ParameterError:
    parameters = {"training": {"segmentation": recipe}, "task": "segmentation"}
    with pytest.raises(ParameterError) as caught:
        check_parameter_values(parameters, PIPELINES)
    return caught.value


def test_right_values_pass() -> None:
    parameters = {"training": {"segmentation": {"epochs": 3}}, "task": 5}
    check_parameter_values(parameters, PIPELINES)
    check_parameter_values({}, PIPELINES)


def test_misspelt_name_is_told_with_the_nearest() -> None:
    error = _complaint(epoch=3)
    assert error.received == "training.segmentation.epoch"
    assert error.remedy.startswith("Did you mean training.segmentation.epochs?")


def test_misspelt_name_behind_an_optional_block_is_told_with_the_nearest() -> None:
    error = _complaint(schedule={"warm_up_share": 0.1})
    assert error.remedy.startswith("Did you mean training.segmentation.schedule.warmup_share?")


@pytest.mark.parametrize(
    ("recipe", "rule", "received"),
    [
        ({"epochs": 0}, "`training.segmentation.epochs` must be greater than or equal to 1.", "0"),
        (
            {"epochs": 501},
            "`training.segmentation.epochs` must be less than or equal to 500.",
            "501",
        ),
        (
            {"optimizer": "adm"},
            "`training.segmentation.optimizer` must be 'adam' or 'sgd'.",
            "'adm'",
        ),
        (
            {"tile_px": 33},
            "`training.segmentation.tile_px`: tile_px must be a multiple of 32.",
            "33",
        ),
    ],
)
def test_wrong_value_is_told_with_its_rule(
    recipe: dict[str, Any], rule: str, received: str
) -> None:
    error = _complaint(**recipe)
    assert (error.rule, error.received) == (rule, received)


def test_a_misspelt_choice_names_the_nearest() -> None:
    assert _complaint(optimizer="adm").remedy == "Did you mean adam? Known: adam, sgd."


def test_several_problems_are_told_at_once() -> None:
    error = _complaint(epochs=0, optimizer="adm")
    assert "2 problems" in error.received
    assert "epochs" in error.received
    assert "optimizer" in error.received


def test_number_in_place_of_a_block_is_told() -> None:
    with pytest.raises(ParameterError, match="`training` must be a valid dictionary"):
        check_parameter_values({"training": 5}, PIPELINES)


class Both(BaseModel):
    segmentation: Recipe = Recipe()
    classification: Recipe = Recipe()


def look(both: Both) -> None: ...


@pytest.mark.parametrize(
    ("name", "task", "path"),
    [
        ("epochs", "segmentation", "training.segmentation.epochs"),
        ("epochs", "classification", "other.classification.epochs"),
        ("warmup_share", "segmentation", "training.segmentation.schedule.warmup_share"),
        ("segmentation", "", "training.segmentation"),
        ("epoch", "segmentation", None),
    ],
)
def test_a_parameter_is_found_by_its_last_name(name: str, task: str, path: str | None) -> None:
    looking = Pipeline([Node(look, "params:other", None, name="look")])
    assert find_parameter(name, {**PIPELINES, "look": looking}, task=task) == path


def test_parameters_of_the_default_pipeline_come_first() -> None:
    looking = Pipeline([Node(look, "params:other", None, name="look")])
    pipelines = {**PIPELINES, "look": looking, "__default__": looking}
    assert find_parameter("epochs", pipelines, task="segmentation") == "other.segmentation.epochs"


def test_parameters_of_the_running_pipeline_come_before_those_of_the_default_one() -> None:
    looking = Pipeline([Node(look, "params:other", None, name="look")])
    pipelines = {**PIPELINES, "__default__": looking}
    path = find_parameter("epochs", pipelines, task="segmentation", running=["fit"])
    assert path == "training.segmentation.epochs"


TEXTS = [
    *("2024", "007", "1e3", "0x10", "1_000", "true", "no", "~/photos", "2024-01-01", "12:30:45"),
    *(
        "@x",
        "a: b #1",
        "it's",
        "C:/a",
        "x=y",
        "[a]",
        "{a}",
        "- a",
        "Null Island",
        "nan",
        "&a",
        "!x",
    ),
]


@pytest.mark.parametrize("name", ["training.path", "training.log"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_as_it_was_typed(name: str, text: str) -> None:
    read = read_typed(f"{name}={text}", PIPELINES)
    assert read == {"training": {name.rpartition(".")[2]: text}}


def test_what_is_no_text_is_read_as_yaml() -> None:
    typed = (
        "training.segmentation.epochs=007, training.scale=1e1, task=no,training.only=[a],"
        "training.log=null,training.path='007',unknown.name=1_0"
    )
    assert read_typed(typed, PIPELINES) == {
        "training": {
            "segmentation": {"epochs": 7},
            "scale": 10.0,
            "only": ["a"],
            "log": None,
            "path": "007",
        },
        "task": False,
        "unknown": {"name": 10},
    }


def test_null_is_a_folder_where_one_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "null").mkdir()
    assert read_typed("training.log=null", PIPELINES) == {"training": {"log": "null"}}


def test_a_path_begins_at_home_where_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert Training.model_validate({"log": "~/photos"}).log == Path("/home/me/photos")
    assert Training.model_validate({"log": "~"}).log == Path("/home/me")
    assert Training.model_validate({"log": "~nobody-here/x"}).log == Path("~nobody-here/x")


@pytest.mark.parametrize("value", [2024, 1.5, False])
@pytest.mark.parametrize("name", ["path", "log"])
def test_a_text_that_yaml_made_a_number_is_told_to_be_quoted(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match="in quotes"):
        check_parameter_values({"training": {name: value}}, PIPELINES)


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"training\.log.*received nothing"):
        check_parameter_values({"training": {"log": " "}}, PIPELINES)
