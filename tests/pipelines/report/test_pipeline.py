"""The report on an in-memory catalog, with figures in a folder."""

import os
import subprocess
import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.text import TextDataset
from tests.reporting.contents import make_evaluation, make_model_info, write_drawing

from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.report import create_pipeline
from crack_pipeline.pipelines.report.params import ReportParams
from crack_pipeline.types import TASKS

IMPORTED = """
import sys
import crack_pipeline.pipelines.report
print(sorted({"tensorflow", "keras", "mlflow", "sklearn"} & set(sys.modules)))
"""


@pytest.fixture
def write(line_manifest, tmp_path):
    """Runs the pipeline and gives the page back."""
    figures, model = tmp_path / "figures", tmp_path / "model.keras"
    figures.mkdir()
    model.write_bytes(b"weights")
    os.utime(model, (2000, 2000))

    def run(task="segmentation", *, evaluated=None, trained=None) -> str:
        info = {**make_model_info(task), "manifest_digest": digest_manifest(line_manifest)}
        info |= trained or {}
        names = ("task", "model", "run_id", "manifest_digest")
        decision = {"threshold": 0.5, "note": "", **{name: info[name] for name in names}}
        inputs = {
            "metrics": {"test_f1_pooled": 0.8},
            "evaluation_report": make_evaluation(task),
            "model_info": info,
            "decision": {**decision, **(evaluated or {})},
            "manifest": line_manifest,
            "params:task": task,
            "params:dataset": "lines",
            "params:report": ReportParams(figures_path=figures, model_path=model),
        }
        path = tmp_path / "reports" / "report.html"
        encoding = {"open_args_save": {"encoding": "utf-8"}}
        catalog = DataCatalog(
            {
                **{name: MemoryDataset(value) for name, value in inputs.items()},
                "report": TextDataset(filepath=str(path), fs_args=encoding),
            }
        )
        SequentialRunner().run(create_pipeline(), catalog)
        return path.read_text(encoding="utf-8")

    return run


def test_it_needs_what_evaluation_left_and_attaches_to_the_run():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {
        "metrics",
        "evaluation_report",
        "model_info",
        "decision",
        "manifest",
        "params:task",
        "params:dataset",
        "params:report",
    }
    assert pipeline.outputs() == {"report"}
    (node,) = pipeline.nodes
    assert node.name == node.func.__name__
    assert "attaches" in node.tags


@pytest.mark.parametrize("task", TASKS)
def test_both_tasks_leave_a_page_with_figures_and_learning_curve(write, tmp_path, task):
    write_drawing(tmp_path / "figures" / "roc_curve.png")
    page = write(task)
    assert page.count("<img") == 2
    assert "ROC curve, test photos" in page
    assert "Learning curve" in page
    assert "lines" in page
    assert "unknown: ask whoever gave you the photos" in page


def test_what_is_older_than_the_model_is_left_out_and_said(write, tmp_path, caplog):
    for name in ("roc_curve", "learning_curve"):
        write_drawing(tmp_path / "figures" / f"{name}.png")
        os.utime(tmp_path / "figures" / f"{name}.png", (1000, 1000))
    scores = tmp_path / "figures" / "explanation_scores.csv"
    scores.write_text("method\ngrad_cam\n", encoding="utf-8")
    os.utime(scores, (1000, 1000))
    page = write()
    assert "roc_curve.png is older than the model, left out." in page
    assert "explanation_scores.csv is older than the model, left out." in page
    assert "learning_curve.png is older" not in page, "it is drawn from the model's own history"
    assert "roc_curve.png is older than the model" in caplog.text


def test_an_evaluation_older_than_the_model_is_said(write, tmp_path):
    evaluation = tmp_path / "figures" / "evaluation_report.json"
    evaluation.write_text("{}", encoding="utf-8")
    assert "The evaluation is older" not in write()
    os.utime(evaluation, (1000, 1000))
    assert "The evaluation is older than the model" in write()


def test_without_any_figure_and_history_there_is_a_page_still(write):
    page = write(trained={"history": []})
    assert "<img" not in page
    assert "F1 (Dice), pooled" in page


def test_scores_of_explanations_are_shown(write, tmp_path):
    path = tmp_path / "figures" / "explanation_scores.csv"
    path.write_text("method,energy_inside\nGrad-CAM,0.41\n", encoding="utf-8")
    page = write()
    assert "Grad-CAM" in page
    assert "Share of the heat on the crack" in page


def test_an_evaluation_of_another_model_is_refused(write):
    with pytest.raises(ParameterError, match="evaluation of the model"):
        write(evaluated={"run_id": "another"})


def test_a_model_of_another_task_is_refused(write):
    with pytest.raises(ParameterError, match="trained for"):
        write("segmentation", trained={"task": "classification"})


def test_another_manifest_is_refused(write):
    with pytest.raises(ManifestError, match="manifest that it was trained with"):
        write(trained={"manifest_digest": "f" * 64})


def test_listing_the_pipeline_imports_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
