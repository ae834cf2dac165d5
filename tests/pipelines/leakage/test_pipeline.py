"""The pipeline as a slice on an in-memory catalog; one slow test trains networks too."""

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure
from pydantic import ValidationError

from crack_pipeline.pipelines.leakage import create_pipeline
from crack_pipeline.pipelines.leakage.nodes import LeakageParams
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)


@pytest.fixture
def run(line_manifest: Any, tmp_path: Path) -> Any:
    groups = [f"g{number // 4}_{number % 2}" for number in range(14)]  # pairs of one label

    def run_with(task: str, **leakage: Any) -> dict[str, Any]:
        inputs = {
            "manifest": line_manifest.assign(group_id=groups),
            "params:task": task,
            "params:dataset": "lines",
            "params:preprocessing": PreprocessingParams(
                store_path=tmp_path, classification={"tile_px": 32}
            ),
            "params:augmentation": AugmentationParams(),
            "params:model": ModelParams(classification={"cnn": {"filters": [4], "dense_units": 4}}),
            "params:training": TrainingParams(unfinished_path=tmp_path, log_path=tmp_path),
            "params:evaluation": EvaluationParams(),
            "params:leakage": LeakageParams(
                trials_path=tmp_path / "trials",
                test=0.3,
                validation=0.3,
                border_px=4,
                resamples=100,
                classification={"epochs": 1, "steps_per_epoch": 1, "batch_size": 4},
                **leakage,
            ),
        }
        catalog = DataCatalog(
            {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
        )
        outputs = SequentialRunner().run(create_pipeline(), catalog)
        return {name: output.load() for name, output in outputs.items()}

    return run_with


@pytest.mark.parametrize(
    ("task", "models"),
    [
        ("classification", ["grey_percentiles", "border_percentiles"]),
        ("segmentation", ["black_hat", "grey_threshold"]),
    ],
)
def test_trivial_models_stand_side_by_side(run: Any, task: str, models: list[str]) -> None:
    outputs = run(task, seeds=2, network_seeds=0)
    metrics = outputs["leakage_metrics"]
    assert metrics["group_safe_groups_crossing"] == 0
    assert metrics["random_groups_crossing"] > 0
    assert metrics["photos_with_relative"] == 12
    for model in models:
        assert 0 <= metrics[f"random_{model}_f1"] <= 1
        assert 0 <= metrics[f"group_safe_{model}_f1"] <= 1
    assert isinstance(outputs["leakage_figure"], Figure)


@pytest.mark.slow
def test_a_network_is_trained_on_each_split(run: Any, tmp_path: Path) -> None:
    metrics = run("classification", seeds=1, network_seeds=1)["leakage_metrics"]
    assert {"random_cnn_f1", "group_safe_cnn_f1", "difference_cnn_f1"} <= set(metrics)
    names = sorted(folder.name for folder in (tmp_path / "trials").iterdir())
    assert names == ["cnn_group_safe_seed_0", "cnn_random_seed_0"]


def test_shares_that_leave_nothing_to_learn_from_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="must leave photos"):
        LeakageParams(trials_path=tmp_path, test=0.6, validation=0.4)


def test_more_networks_than_divisions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="at most seeds=2"):
        LeakageParams(trials_path=tmp_path, seeds=2, network_seeds=3)
