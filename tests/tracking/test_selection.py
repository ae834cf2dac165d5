"""Which parameters and metrics MLflow shows, with the configuration of this project."""

import json
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from kedro.config import OmegaConfigLoader
from pydantic import BaseModel

from crack_pipeline.explain.settings import ALL_METHODS
from crack_pipeline.settings import CONFIG_LOADER_ARGS
from crack_pipeline.task_specs import task_names
from crack_pipeline.tracking.selection import (
    LONGEST_NAME,
    LONGEST_VALUE,
    RunParameters,
    choose_metrics,
    clean_name,
    finite_metrics,
    flatten,
    name_epoch,
    shorten,
)

CONF = Path(__file__).parents[2] / "conf"
GOLDEN = Path(__file__).parents[1] / "golden"


def _read(task: str, env: str = "base", **changes: object) -> RunParameters:
    def load(env: str) -> dict[str, object]:
        loader = OmegaConfigLoader(str(CONF), env, {"task": task}, **CONFIG_LOADER_ARGS)
        return dict(flatten(loader["parameters"]))

    named = {name.replace("__", "."): value for name, value in changes.items()}
    return RunParameters({**load(env), **named}, load("base"), frozenset(named))


@pytest.mark.parametrize("task", task_names())
def test_runs_of_a_task_show_the_same_few_parameters(task: str) -> None:
    shown = _read(task).shown()
    assert 30 < len(shown) <= 40
    other = _read(task, "deepcrack", **{f"model__{task}__name": "hairline"}).shown()
    assert list(other) == list(shown)
    (another,) = set(task_names()) - {task}
    assert not any(another in name for name in shown)
    assert {
        f"training.{task}.epochs",
        f"model.{task}.name",
        f"preprocessing.{task}.tile_px",
    } <= set(shown)


def test_settings_of_the_network_stand_in_one_parameter() -> None:
    shown = _read("segmentation", model__segmentation__name="enet").shown()
    assert shown["model.segmentation.settings"] == "filters=[16, 64, 128], dropout=0.1"


def test_backend_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert _read("segmentation").shown()["training.backend"] == "jax"
    assert _read("segmentation", training__backend="torch").shown()["training.backend"] == "torch"


def test_only_what_differs_and_concerns_the_task_is_a_change() -> None:
    parameters = _read(
        "segmentation",
        training__classification__epochs=1,
        training__segmentation__epochs=3,
        training__segmentation__log_path="elsewhere",
        model__segmentation__name="enet",
    )
    assert parameters.describe_changes() == (
        "model.segmentation.name=enet, training.segmentation.epochs=3"
    )
    assert parameters.name_run() == "enet-sample epochs=3"
    assert _read("segmentation").describe_changes() == "nothing"
    assert _read("segmentation").name_run("leakage") == "leakage unet-sample"


def test_what_the_command_line_changed_stands_first_in_the_name() -> None:
    parameters = _read("segmentation", "test", evaluation__segmentation__resamples=200)
    name = parameters.name_run()
    assert name.startswith("unet-tiny resamples=200 epochs=3 steps_per_epoch=6 batch_size=4")
    assert len(name) <= len("unet-tiny ") + LONGEST_NAME + len(" +99")
    assert "ingestion.sample.n_photos=18" in parameters.describe_changes()


def test_seeds_of_two_blocks_are_told_apart_in_the_name() -> None:
    parameters = _read("segmentation", training__segmentation__seed=1, ingestion__splitting__seed=2)
    assert parameters.name_run() == "unet-sample training.seed=1 splitting.seed=2"


def test_metrics_of_an_evaluation_begin_with_the_headline() -> None:
    values = {
        "decision_threshold": 0.4,
        "validation_f1_pooled": 0.5,
        "validation_cldice_pooled": 0.6,
        "validation_f1_tolerance_3px_pooled": 0.4,
        "test_average_precision_pooled": 0.7,
        "test_f1_tolerance_5px_pooled": 0.9,
        "test_f1_tolerance_3px_pooled": 0.8,
        "test_cldice_pooled": None,
        "test_baseline_f1_pooled": 0.1,
        "test_photos": 12,
    }
    assert list(choose_metrics(values).items()) == [
        ("test/f1_tolerance_3px_pooled", 0.8),
        ("test/details/average_precision_pooled", 0.7),
        ("test/baseline/f1_pooled", 0.1),
        ("validation/f1_tolerance_3px_pooled", 0.4),
        ("validation/f1_pooled", 0.5),
        ("validation/decision_threshold", 0.4),
    ]


@pytest.mark.parametrize("kind", ["masks", "labels"])
def test_a_training_with_evaluation_and_explanation_shows_at_most_25_metrics(kind: str) -> None:
    golden = json.loads((GOLDEN / f"measure_{kind}.json").read_text())
    measured = {
        name.removeprefix("test_")
        for part in ("metrics", "summary")
        for name in golden.get(part, ())
    }
    beside = {name for name in measured if "tolerance_5px" not in name}
    prefixes = ("validation", "test_baseline", "validation_baseline")
    names = ["decision_threshold", *(f"test_{name}" for name in measured)]
    names += [f"{first}_{name}" for first in prefixes for name in beside]
    methods = (*ALL_METHODS, "another")
    assert len(methods) == 6
    scores = ("pointing_game", "iou", "deletion_auc")
    explained = [f"explain_{method}_{score}" for method in methods for score in scores]
    epoch = ("epoch", "stage", "loss", "f1", "val_loss", "val_f1", "learning_rate", "seconds")
    shown = [
        *name_epoch(dict.fromkeys(epoch, 0.5)),
        *choose_metrics(dict.fromkeys(names, 0.5)),
        *choose_metrics(dict.fromkeys(explained, 0.5)),
    ]
    assert 15 < len(set(shown)) == len(shown) <= 25
    assert {name.partition("/")[0] for name in shown} == {"train", "validation", "test"}


def test_metrics_of_another_task_are_the_first_ones() -> None:
    assert choose_metrics({"test_mae": 1, "photos": 2}) == {"test/mae": 1.0, "photos": 2.0}
    assert choose_metrics({f"m{n}": n for n in range(30)}) == {f"m{n}": float(n) for n in range(15)}


def test_curves_are_few_and_have_the_digits_of_single_precision() -> None:
    assert name_epoch({"loss": 0.123456789, "learning_rate": 2.0000001313746907e-05}) == {
        "train/loss": 0.123457,
        "train/learning_rate": 2e-05,
    }
    assert len(name_epoch({f"m{n}": 0.5 for n in range(9)})) == 5


def test_folds_keep_their_spread_and_what_is_pooled() -> None:
    values = {"folds": 2, "fold_f1_mean": 0.5, "fold_f1_sd": 0.1, "out_of_fold_f1": 0.6}
    assert choose_metrics(values) == {
        "out_of_fold/f1": 0.6,
        "fold/f1_mean": 0.5,
        "fold/f1_sd": 0.1,
    }


def test_the_file_of_parameters_can_be_read_again(tmp_path: Path) -> None:
    kept: dict[str, str] = {}

    class Run:
        def record_parameters(self, parameters: dict[str, str]) -> None:
            assert parameters["training.segmentation.epochs"] == "8"

        def record_tags(self, tags: dict[str, str]) -> None:
            kept.update(tags)

        def record_artifact(self, path: Path, place: str) -> None:
            kept[place + path.name] = path.read_text(encoding="utf-8")

    parameters = _read("segmentation")
    parameters.record(Run())
    assert yaml.safe_load(kept["parameters.yml"]) == parameters.values
    assert kept["changed"] == "nothing"


class Inner(BaseModel):
    rate: float = 0.1
    sizes: tuple[int, int] = (1, 2)


class Outer(BaseModel):
    inner: Inner = Inner()
    name: str | None = None


def test_models_and_mappings_become_dotted_names() -> None:
    flat = flatten({"training": Outer(), "task": "segmentation", "free": {"a": {}}})
    assert dict(flat) == {
        "training.inner.rate": 0.1,
        "training.inner.sizes": [1, 2],
        "training.name": None,
        "task": "segmentation",
        "free.a": {},
    }


def test_model_inside_a_mapping_is_flattened() -> None:
    assert dict(flatten({"a": {"b": Inner()}}))["a.b.rate"] == 0.1


@given(st.text(min_size=LONGEST_VALUE - 3, max_size=LONGEST_VALUE + 50))
def test_long_values_are_cut_with_a_note(text: str) -> None:
    value = shorten(text)
    assert len(value) <= LONGEST_VALUE
    assert (value == text) == (len(text) <= LONGEST_VALUE)
    assert value == text or value.endswith("(cut)")


def test_only_finite_numbers_are_metrics() -> None:
    values = {"a": 1, "b": 0.5, "c": None, "d": math.nan, "e": math.inf, "f": True, "g": "1"}
    assert finite_metrics(values) == {"a": 1.0, "b": 0.5}


def test_names_are_made_acceptable() -> None:
    assert clean_name("f1@2px (pooled)") == "f1_2px _pooled_"
