"""The pipeline as a slice on an in-memory catalog; trainings end in seconds."""

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.pipelines.augment.params import AugmentationParams
from crack_pipeline.pipelines.compare_models import create_pipeline
from crack_pipeline.pipelines.compare_models.params import CompareModelsParams
from crack_pipeline.pipelines.evaluate.params import EvaluationParams
from crack_pipeline.pipelines.fit.params import ModelParams, TrainingParams
from crack_pipeline.pipelines.preprocess.params import PreprocessingParams

SETS = {
    "architectures": {
        "cnn": {},
        "too_deep": {"model": {"cnn": {"filters": [2, 2, 2, 2, 2, 2]}}},
        "misspelt": {"recipe": {"los": "focal"}},
    }
}


@pytest.fixture
def run(line_manifest: Any, tmp_path: Path) -> Any:
    def run_with(**compared: Any) -> dict[str, Any]:
        inputs = {
            "manifest": line_manifest,
            "params:task": "classification",
            "params:dataset": "lines",
            "params:preprocessing": PreprocessingParams(
                store_path=tmp_path, classification={"tile_px": 32}
            ),
            "params:augmentation": AugmentationParams(),
            "params:model": ModelParams(classification={"cnn": {"filters": [4], "dense_units": 4}}),
            "params:training": TrainingParams(
                unfinished_path=tmp_path, log_path=tmp_path, classification={"batch_size": 4}
            ),
            "params:evaluation": EvaluationParams(),
            "params:compare_models": CompareModelsParams(
                trials_path=tmp_path / "trials",
                epochs=1,
                steps_per_epoch=1,
                resamples=100,
                classification=SETS,
                **compared,
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
    assert "too small for 6 blocks" in table.loc["too_deep", "note"]
    report = outputs["model_comparison_report"]
    assert report["measured_on"] == "validation"
    assert report["candidates"][0]["f1_less_best"]["value"] == 0.0
    assert isinstance(outputs["model_comparison_figure"], Figure)


def test_only_failures_end_the_command(run: Any) -> None:
    with pytest.raises(TrainingError, match=r"too_deep: .*too small"):
        run(only="too_deep")


def test_what_a_candidate_cannot_change_is_named_before_any_training(run: Any) -> None:
    with pytest.raises(ParameterError, match=r"architectures\.misspelt: .*los"):
        run(only="cnn+misspelt")


def test_unknown_names_get_the_nearest(run: Any) -> None:
    with pytest.raises(ParameterError, match="Did you mean cnn"):
        run(only="cnm")
    with pytest.raises(ParameterError, match="Did you mean architectures"):
        run(set="architecture")
