import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from crack_pipeline.errors import ManifestError, ParameterError, ShapeError, TrainingError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.evaluate.nodes import (
    calibrate_measurement,
    choose_decision_threshold,
    evaluate_model,
    score_baseline,
)
from crack_pipeline.pipelines.params import CrackFreeParams, EvaluationParams
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.measurement import FalseMarks
from crack_pipeline.storage import digest_file

PARAMS = EvaluationParams()


class DarkPixelModel:
    """Stands in for a network: dark is crack."""

    def __init__(self, task: str) -> None:
        self.task = task

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        probability = 1 - x.astype(np.float32).mean(axis=-1, keepdims=True) / 255
        return probability if self.task == "segmentation" else probability.max(axis=(1, 2))


def make_inputs(manifest: pd.DataFrame, task: str) -> dict:
    info = {
        "task": task,
        "model": "fake",
        "tile_px": 32,
        "overlap_px": 8 if task == "segmentation" else None,
        "equalization": "none",
        "batch_size": 4,
        "manifest_digest": digest_manifest(manifest),
        "run_id": None,
    }
    return {
        "model": DarkPixelModel(task),
        "model_info": info,
        "manifest": manifest,
        "task": task,
        "evaluation": PARAMS,
        "dataset": "lines",
    }


def run_nodes(inputs: dict) -> tuple[dict, Figure, dict]:
    baseline = score_baseline(inputs["manifest"], inputs["task"], inputs["evaluation"])
    decision, curve = choose_decision_threshold(**inputs)
    outputs = evaluate_model(**inputs, decision=decision, baseline_scores=baseline)
    return decision, curve, outputs


@pytest.mark.parametrize(
    ("task", "f1", "baseline_f1"),
    [
        ("segmentation", "test_f1_pooled", "test_baseline_f1_pooled"),
        ("classification", "test_f1", "test_baseline_f1"),
    ],
)
def test_both_tasks_give_the_same_set_of_outputs(line_manifest, task, f1, baseline_f1):
    decision, curve, outputs = run_nodes(make_inputs(line_manifest, task))
    assert isinstance(curve, Figure)
    assert 0 < decision["threshold"] < 1
    assert set(outputs) == {
        "metrics",
        "evaluation_report",
        "prediction_sheet",
        "evaluation_figures",
    }
    assert outputs["metrics"][f1] == 1.0
    assert outputs["metrics"][baseline_f1] > 0.9
    assert outputs["metrics"]["decision_threshold"] == decision["threshold"]
    figures = outputs["evaluation_figures"]
    assert all(isinstance(one, Figure) for one in (outputs["prediction_sheet"], *figures.values()))
    assert {"precision_recall_curve", "roc_curve", "confusion_matrix", "headline"} <= set(figures)
    assert ("detection" in figures) == (task == "segmentation"), "labels have no crack width"
    json.dumps([outputs["metrics"], outputs["evaluation_report"]], allow_nan=False)


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_what_limits_the_probabilities_is_to_be_doubted(line_manifest, task):
    inputs = make_inputs(line_manifest, task)
    baseline = score_baseline(line_manifest, task, PARAMS)
    decision = {**choose_decision_threshold(**inputs)[0], "temperature": 2.0}
    report = evaluate_model(**inputs, decision=decision, baseline_scores=baseline)[
        "evaluation_report"
    ]
    note = report["calibration"]["note"]
    assert "larger, not smaller" in note
    assert note in report["verdict"]["doubts"]


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_one_screen_shows_the_headline_once_and_the_verdict(line_manifest, task, caplog):
    with caplog.at_level("INFO"):
        report = run_nodes(make_inputs(line_manifest, task))[2]["evaluation_report"]
    (screen,) = (text for text in caplog.messages if text.startswith("Test photos"))
    lines = screen.splitlines()
    for row in report["headline"]:
        is_known = row["value"] is not None
        assert sum(line.startswith(f"{row['label']}  ") for line in lines) == is_known
    assert report["verdict"]["surface"] == ""
    assert report["verdict"]["doubts"]
    assert all(f"- {doubt}" in lines for doubt in report["verdict"]["doubts"])
    assert all(record.levelname != "WARNING" for record in caplog.records)


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_the_same_inputs_give_the_same_metrics(line_manifest, task):
    first, second = (run_nodes(make_inputs(line_manifest, task))[2] for _ in range(2))
    assert json.dumps(first["metrics"]) == json.dumps(second["metrics"])


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_the_test_photos_have_no_say_in_the_threshold(line_manifest, task):
    decision = choose_decision_threshold(**make_inputs(line_manifest, task))[0]
    without_crack = line_manifest.copy()
    test_rows = without_crack["split"] == "test"
    paths = without_crack.loc[test_rows, "image_path"]
    without_crack.loc[test_rows, "image_path"] = paths.iloc[::-1].to_numpy()
    assert choose_decision_threshold(**make_inputs(without_crack, task))[0] == decision


def test_refuses_a_manifest_other_than_the_one_trained_with(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["model_info"]["manifest_digest"] = "f" * 64
    with pytest.raises(ManifestError, match="manifest that it was trained with"):
        choose_decision_threshold(**inputs)


def test_refuses_a_model_of_another_task(line_manifest):
    inputs = {**make_inputs(line_manifest, "segmentation"), "task": "classification"}
    with pytest.raises(ParameterError, match="trained for segmentation"):
        choose_decision_threshold(**inputs)


def test_refuses_an_unknown_task(line_manifest):
    with pytest.raises(ParameterError, match="`task`"):
        score_baseline(line_manifest, "detection", PARAMS)


@pytest.mark.parametrize(
    ("task", "column", "rule"),
    [
        ("segmentation", "mask_path", "needs a mask"),
        ("classification", "label", "both classes"),
        ("segmentation", "split", "at least one photo"),
    ],
)
def test_refuses_a_manifest_without_what_the_task_needs(line_manifest, task, column, rule):
    lacking = line_manifest.copy()
    lacking.loc[lacking["split"] == "test", column] = pd.NA
    with pytest.raises(ManifestError, match=rule):
        score_baseline(lacking, task, PARAMS)
    with pytest.raises(ManifestError, match=rule):
        choose_decision_threshold(**make_inputs(lacking, task))


def test_refuses_a_model_that_gives_no_finite_number(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["model"].predict_on_batch = lambda x: np.full((*x.shape[:3], 1), np.nan)
    with pytest.raises(TrainingError, match="finite"):
        choose_decision_threshold(**inputs)


def test_refuses_a_model_of_another_output(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["model"].predict_on_batch = lambda x: np.zeros((len(x), 1))
    with pytest.raises(ShapeError, match="one probability a pixel"):
        choose_decision_threshold(**inputs)


def test_false_alarms_are_looked_for_on_crack_free_photos_of_another_data_set(
    line_manifest, wall_manifest, tmp_path
):
    (tmp_path / "walls").mkdir()
    for path in wall_manifest["image_path"]:
        cv2.imwrite(path, cv2.imread(path) // 3 + 150)
    wall_manifest["sha256"] = [digest_file(Path(path)) for path in wall_manifest["image_path"]]
    wall_manifest.to_parquet(tmp_path / "walls" / "manifest.parquet", index=False)
    crack_free = CrackFreeParams(dataset="walls", manifests_path=tmp_path, photos=5)
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["evaluation"] = EvaluationParams(crack_free=crack_free)
    _, _, outputs = run_nodes(inputs)
    found = outputs["evaluation_report"]["false_alarms"]["crack_free_elsewhere"]
    assert (found["data_set"], found["photos"]) == ("walls", 5)
    rate = outputs["metrics"]["test_false_length_px_per_megapixel_crack_free"]
    assert rate == found["px_per_megapixel"]["value"] == 0.0


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_a_model_is_measured_under_the_views_of_its_decision(line_manifest, task, caplog):
    settings = EvaluationParams(**{task: {"test_time_augmentation": "flips"}})
    inputs = {**make_inputs(line_manifest, task), "evaluation": settings}
    decision, _, outputs = run_nodes(inputs)
    assert decision["views"] == "flips"
    assert "test-time views" not in caplog.text
    baseline = score_baseline(line_manifest, task, settings)
    again = evaluate_model(
        **make_inputs(line_manifest, task), decision=decision, baseline_scores=baseline
    )
    assert "test-time views 'flips'" in caplog.text
    assert again["metrics"] == outputs["metrics"]


def test_a_decision_of_before_views_is_refused_with_the_command_that_makes_it_anew(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    decision, _ = choose_decision_threshold(**inputs)
    del decision["views"]
    baseline = score_baseline(line_manifest, "segmentation", PARAMS)
    with pytest.raises(ParameterError, match=r"views.*kedro run --pipeline=evaluate"):
        evaluate_model(**inputs, decision=decision, baseline_scores=baseline)


@pytest.fixture
def measure(line_manifest):
    """What is known of the measurements of the fake model of a task."""

    def measure(task: str, change: dict | None = None, manifest: pd.DataFrame = line_manifest):
        inputs = make_inputs(manifest, task)
        decision, _, outputs = run_nodes(inputs)
        del inputs["evaluation"]
        report = {**outputs["evaluation_report"], **(change or {})}
        content = calibrate_measurement(**inputs, decision=decision, evaluation_report=report)
        json.dumps(content, allow_nan=False)
        bundle = ModelBundle.assemble(
            inputs["model"], inputs["model_info"], decision, measurement=content
        )
        assert bundle.measurement is not None
        return bundle.measurement

    return measure


def test_masks_leave_error_bars_and_what_limits_a_report(measure, caplog):
    with caplog.at_level("INFO"):
        record = measure("segmentation")
    assert (record.error_bars.photos, record.error_bars.cracks) == (2, 2)
    assert "10 are needed" in record.error_bars.note
    assert record.error_bars.note == record.error_bars.basis in caplog.text
    assert (record.labels, record.test_set) == (("lines",), "lines")
    assert record.a90_95_px is None
    assert "60 are needed" in record.a90_95_note
    assert (record.drawn_whole, record.composites, record.false_marks) == (False, (), None)
    assert record.training_side_px == 48
    assert record.sharpness_p5 > 0


def test_labels_leave_what_limits_a_report(measure):
    record = measure("classification")
    assert "outlines no cracks" in record.error_bars.note
    assert "outlines no cracks" in record.a90_95_note
    assert record.training_side_px == 48
    assert record.sharpness_p5 > 0


def test_limits_are_those_of_the_evaluation(measure):
    elsewhere = {"data_set": "walls", "photos": 40, "photos_with_false_alarms": 3}
    change = {
        "detection": {"a90_95_px": 3.4},
        "false_alarms": {"crack_free_elsewhere": elsewhere},
    }
    record = measure("segmentation", change)
    assert (record.a90_95_px, record.a90_95_note) == (3.4, "")
    assert record.false_marks == FalseMarks(dataset="walls", photos=40, marked=3)


def test_drawn_test_photos_are_named(measure, line_manifest):
    drawn = line_manifest.assign(source="synthetic").astype(line_manifest.dtypes)
    assert measure("segmentation", manifest=drawn).drawn_whole


def test_an_evaluation_of_another_model_is_refused(measure):
    with pytest.raises(ParameterError, match="model enet evaluated, fake trained"):
        measure("segmentation", {"decision": {"model": "enet"}})
