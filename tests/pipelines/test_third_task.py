"""A task that is registered goes through the stages with parts of its own."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError
from tests.brightness_task import BRIGHTNESS, BrightnessEvaluation

from crack_pipeline.datasets.figures import FigureDataset, FiguresDataset
from crack_pipeline.errors import ParameterError
from crack_pipeline.hooks.parameters import check_parameter_values
from crack_pipeline.pipelines import augment, evaluate, fit, preprocess
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ExplanationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.storage import digest_file
from crack_pipeline.task_specs import forget_task, register_task

DARK_SHARES = (0.0, 0.9, 0.2, 0.7, 0.4)


class KeptDataset(MemoryDataset):
    """Stays after its last use, so that a test can look at it."""

    def _release(self):
        return None


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    register_task(BRIGHTNESS)
    yield
    forget_task("brightness")


@pytest.fixture
def shaded_manifest(line_manifest):
    """The photos of ``line_manifest``, repainted: some share of each is dark. Without labels."""
    for number, path in enumerate(line_manifest["image_path"]):
        photo = np.full((48, 64, 3), 220, np.uint8)
        photo[: round(48 * DARK_SHARES[number % len(DARK_SHARES)])] = 30
        cv2.imwrite(path, photo)
    digests = [digest_file(Path(path)) for path in line_manifest["image_path"]]
    shaded = line_manifest.assign(label=None, mask_path=None, sha256=digests)
    return shaded.astype(line_manifest.dtypes)


def test_it_is_trained_and_evaluated_by_the_same_stages(shaded_manifest, tmp_path):
    inputs = {
        "manifest": shaded_manifest,
        "params:task": "brightness",
        "params:dataset": "shades",
        "params:preprocessing": PreprocessingParams(store_path=tmp_path / "stores"),
        "params:augmentation": AugmentationParams(enabled=False),
        "params:model": ModelParams(),
        "params:training": TrainingParams(
            unfinished_path=tmp_path / "unfinished", log_path=tmp_path / "logs"
        ),
        "params:evaluation": EvaluationParams(),
    }
    pipeline = sum(
        (stage.create_pipeline() for stage in (augment, fit, evaluate)),
        preprocess.create_pipeline(),
    )
    given = {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
    kept = {name: KeptDataset(copy_mode="assign") for name in pipeline.all_outputs()}
    kept |= {
        name: FigureDataset(filepath=str(tmp_path / f"{name}.png"))
        for name in ("threshold_curve", "prediction_sheet")
    }
    kept["evaluation_figures"] = FiguresDataset(filepath=str(tmp_path / "figures.json"))
    catalog = DataCatalog({**given, **kept})
    SequentialRunner().run(pipeline, catalog)

    info, history = catalog.load("model_info"), catalog.load("training_history")
    assert (info["task"], info["model"]) == ("brightness", "one_layer")
    assert history[-1]["val_loss"] < history[0]["val_loss"]
    assert "val_mae" in history[0]
    assert "val_f1" not in history[0]
    metrics = catalog.load("metrics")
    assert metrics["test_mae"] < metrics["test_baseline_mae"]
    report = catalog.load("evaluation_report")
    assert report["headline"][0]["name"] == "mae"
    assert report["decision"]["chosen_by"] == "half of the photo"
    assert {finding["check"] for finding in report["audit"]["findings"]}.isdisjoint(
        {"a believable level", "both classes in test", "calling every photo cracked"}
    ), "nothing is checked that is of cracks alone"
    assert catalog.load("evaluation_figures") == {}
    assert "one_layer says how dark photos are" in catalog.load("report")


def test_its_parameters_are_its_own():
    params = EvaluationParams.model_validate({"brightness": {"allowed_error": 0.2}})
    assert params.for_task("brightness") == BrightnessEvaluation(allowed_error=0.2)
    with pytest.raises(ValidationError, match="tolerance_px"):
        EvaluationParams.model_validate({"brightness": {"tolerance_px": 2}})
    misspelt = {"evaluation": {"brightness": {"alowed_error": 0.2}}}
    with pytest.raises(ParameterError, match=r"Did you mean evaluation\.brightness\.allowed_error"):
        check_parameter_values(misspelt, {"evaluate": evaluate.create_pipeline()})


def test_what_it_has_not_is_refused_and_not_borrowed():
    with pytest.raises(ParameterError, match="explanation"):
        ExplanationParams().for_task("brightness")
    with pytest.raises(ValidationError, match="brightness"):
        ExplanationParams.model_validate({"brightness": {}})
    forget_task("brightness")
    with pytest.raises(ValidationError, match="brightness"):
        EvaluationParams.model_validate({"brightness": {}})
