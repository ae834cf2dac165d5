"""The pipeline as a slice on an in-memory catalog; one test trains, the others put words in."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.pipelines.compare_models import create_pipeline, nodes
from crack_pipeline.pipelines.compare_models.candidates import Candidate, CompareModelsParams
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.trial import Trial

SETS = {
    "architectures": {
        "cnn": {},
        "other": {"model": {"name": "mobilenetv2"}, "recipe": {"learning_rate": 0.01}},
        "two_stages": {"recipe": {"fine_tuning": {"epochs": 1}}},
        "too_deep": {"model": {"cnn": {"filters": [2, 2, 2, 2, 2, 2]}}},
        "misspelt": {"recipe": {"los": "focal"}},
    }
}


@pytest.fixture
def run(line_manifest: Any, tmp_path: Path) -> Any:
    def run_with(weights: str | None = None, **compared: Any) -> dict[str, Any]:
        cnn = {"cnn": {"filters": [4], "dense_units": 4}, "weights": weights}
        inputs = {
            "manifest": line_manifest,
            "params:task": "classification",
            "params:dataset": "lines",
            "params:preprocessing": PreprocessingParams(
                store_path=tmp_path, classification={"tile_px": 32}
            ),
            "params:augmentation": AugmentationParams(),
            "params:model": ModelParams(classification=cnn),
            "params:training": TrainingParams(
                unfinished_path=tmp_path, log_path=tmp_path, classification={"batch_size": 4}
            ),
            "params:evaluation": EvaluationParams(),
            "params:compare_models": CompareModelsParams(
                trials_path=tmp_path / "trials",
                steps_per_epoch=1,
                resamples=100,
                classification=SETS,
                **{"epochs": 1, **compared},
            ),
        }
        catalog = DataCatalog(
            {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
        )
        outputs = SequentialRunner().run(create_pipeline(), catalog)
        return {name: output.load() for name, output in outputs.items()}

    return run_with


def test_a_candidate_that_fails_leaves_the_others(run: Any) -> None:
    outputs = run(only="cnn+too_deep")
    table = outputs["model_comparison"].set_index("candidate")
    assert 0 <= table.loc["cnn", "F1"] <= 1
    assert table.loc["cnn", "parameters"] > 100
    assert table.loc["cnn", "CPU ms a tile"] > 0
    assert table.loc["cnn", "training ms a step"] > 0
    assert "too small for 6 blocks" in table.loc["too_deep", "note"]
    assert isinstance(outputs["model_comparison_figure"], Figure)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, line_manifest: Any, tmp_path: Path) -> list[Trial]:
    """The trials that would have been run; instead each has one result that no training made."""
    trials: list[Trial] = []

    def pretend(planned: list[Trial], root: Path, *, report: Any) -> list[TrialResult]:
        trials.extend(planned)
        for trial in planned:
            if trial.name.startswith("architectures_too_deep"):
                raise TrainingError("No.", received="tile too small", remedy="None.")
        return [_Result(trial, line_manifest) for trial in planned]

    monkeypatch.setattr(nodes, "run_trials", pretend)
    return trials


class _Result(TrialResult):
    def __init__(self, trial: Trial, manifest: pd.DataFrame) -> None:
        metrics = {"validation_f1": 0.5, "validation_accuracy": 0.5, "validation_auc": 0.5}
        costs = ("n_parameters", "flops", "ms_a_tile", "ms_a_tile_in_batch", "cores")
        history = [{"epoch": 1.0, "seconds_training": 2.0}] * trial.settings.recipe.epochs
        facts = dict.fromkeys(costs, 1.0)
        super().__init__(trial.name, Path(), metrics, facts, history, was_kept=False)

    def photos(self) -> pd.DataFrame:
        counts = ("true_positive", "false_positive", "false_negative", "true_negative")
        return pd.DataFrame({"group_id": ["a", "b"], **dict.fromkeys(counts, 1)})


def test_candidates_differ_in_what_they_change_alone(run: Any, trained: list[Trial]) -> None:
    table = run(only=["cnn", "other"], seeds=2, weights="cnn.keras")["model_comparison"]
    assert list(table["candidate"]) == ["cnn", "other"]
    assert [trial.name for trial in trained] == [
        f"architectures_{name}_seed_{seed}" for name in ("cnn", "other") for seed in (0, 1)
    ]
    cnn, other = trained[0].settings, trained[2].settings
    assert (cnn.model.name, other.model.name) == ("cnn", "mobilenetv2")
    assert (cnn.model.weights, other.model.weights) == ("cnn.keras", None), "of a cnn"
    assert other.recipe == cnn.recipe.model_copy(update={"learning_rate": 0.01})
    assert (cnn.recipe.epochs, cnn.recipe.steps_per_epoch) == (1, 1)
    assert cnn.recipe.early_stopping_epochs is None
    assert cnn.measured_on == "validation"


def test_what_all_change_gives_way_to_what_one_changes(run: Any, trained: list[Trial]) -> None:
    run(only="cnn+other", shared={"recipe": {"learning_rate": 0.5, "ema_momentum": 0.9}})
    cnn, other = trained[0].settings.recipe, trained[1].settings.recipe
    assert (cnn.learning_rate, other.learning_rate) == (0.5, 0.01)
    assert cnn.ema_momentum == other.ema_momentum == 0.9


def test_the_budget_holds_a_second_stage_too(run: Any, trained: list[Trial]) -> None:
    run(only="two_stages", epochs=3)
    recipe = trained[0].settings.recipe
    assert (recipe.epochs, recipe.fine_tuning.epochs) == (2, 1)
    with pytest.raises(ParameterError, match=r"fine_tuning\.epochs=1, compare_models\.epochs=1"):
        run(only="two_stages")


@pytest.mark.parametrize("name", ["epochs", "batch_size", "accumulation_steps"])
def test_a_budget_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"may change {name}"):
        Candidate(recipe={name: 9})


@pytest.mark.usefixtures("trained")
def test_the_command_ends_with_an_error_only_if_all_fail(run: Any) -> None:
    table = run(only="too_deep+cnn")["model_comparison"]
    assert list(table["candidate"]) == ["cnn", "too_deep"]
    with pytest.raises(TrainingError, match=r"too_deep: .*too small"):
        run(only="too_deep")


def test_one_node_trains() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes if "trains" in node.tags] == ["train_candidates"]


def test_what_a_candidate_cannot_change_is_named_before_any_training(run: Any) -> None:
    with pytest.raises(ParameterError, match=r"architectures\.misspelt: .*los"):
        run(only="cnn+misspelt")


def test_unknown_names_get_the_nearest(run: Any) -> None:
    with pytest.raises(ParameterError, match="Did you mean cnn"):
        run(only="cnm")
    with pytest.raises(ParameterError, match="Did you mean architectures"):
        run(set="architecture")
