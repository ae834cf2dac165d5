"""The report on an in-memory catalog, with and without explanations."""

import subprocess
import sys

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.text import TextDataset
from tests.reporting.contents import draw, make_evaluation, make_model_info

from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.report import create_pipeline
from crack_pipeline.task_specs import task_names

IMPORTED = """
import sys
import crack_pipeline.pipelines.report
print(sorted({"tensorflow", "keras", "mlflow", "sklearn"} & set(sys.modules)))
"""


@pytest.fixture
def write(line_manifest, tmp_path):
    """Runs the pipeline and gives the page back."""

    def run(
        task="segmentation",
        *,
        evaluated=None,
        trained=None,
        explained=None,
        reported=None,
        **figures,
    ) -> str:
        info = {**make_model_info(task), "manifest_digest": digest_manifest(line_manifest)}
        info |= trained or {}
        names = ("task", "model", "run_id", "manifest_digest")
        decision = {"threshold": 0.5, "note": "", **{name: info[name] for name in names}}
        of = None if explained is None else {"explains": {**decision, **explained}}
        scores = pd.DataFrame({"method": ["Grad-CAM"], "energy_inside": [0.41]})
        inputs = {
            "metrics": {"test_f1_pooled": 0.8},
            "evaluation_report": {**make_evaluation(task), **(reported or {})},
            "model_info": info,
            "decision": {**decision, **(evaluated or {})},
            "manifest": line_manifest,
            "threshold_curve": draw(),
            "prediction_sheet": draw(),
            "evaluation_figures": figures,
            "params:task": task,
            "params:dataset": "lines",
            "explanation_report": of,
            "explanation_scores": None if of is None else scores,
            "explanation_sheet": None if of is None else draw(),
            "network_figures": None if of is None else {"activation_maps": draw()},
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


def test_it_needs_what_evaluation_and_explanation_left_and_attaches_to_the_run():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {
        *("metrics", "evaluation_report", "model_info", "decision", "manifest"),
        *("threshold_curve", "prediction_sheet", "evaluation_figures"),
        *("explanation_report", "explanation_scores", "explanation_sheet", "network_figures"),
        *("params:task", "params:dataset"),
    }
    assert pipeline.outputs() == {"report"}
    (node,) = pipeline.nodes
    assert node.name == node.func.__name__
    assert node.tags == {"report", "attaches"}


@pytest.mark.parametrize("task", task_names())
def test_both_tasks_leave_a_page_with_figures_and_learning_curve(write, task):
    page = write(task, roc_curve=draw())
    assert page.count("<img") == 4
    assert "the dotted line is guessing" in page
    assert "the best epoch is kept" in page
    assert "lines" in page
    assert "unknown: ask whoever gave you the photos" in page


def test_without_history_there_is_no_learning_curve(write):
    page = write(trained={"history": []})
    assert page.count("<img") == 2
    assert "F1 (Dice), pooled" in page


def test_a_damaged_picture_is_left_out_and_said(write, caplog):
    assert "roc_curve.png cannot be read" in write(roc_curve=b"half a picture")
    assert "roc_curve.png cannot be read" in caplog.text


def test_explanations_of_the_model_are_shown(write):
    page = write(explained={})
    assert "Grad-CAM" in page
    assert "Share of the heat on the crack" in page
    assert page.count("<img") == 5


@pytest.mark.parametrize(
    "explained", [{"run_id": "another"}, {"manifest_digest": "f" * 64}], ids=str
)
def test_explanations_of_another_model_are_left_out_and_said(write, explained, caplog):
    page = write(explained=explained)
    assert "The explanations are of another model, left out" in page
    assert "Share of the heat on the crack" not in page
    assert page.count("<img") == 3
    assert "pipeline=explain again" in caplog.text


def test_an_evaluation_of_another_model_is_refused(write):
    with pytest.raises(ParameterError, match="run_id another evaluated"):
        write(evaluated={"run_id": "another"})


@pytest.mark.parametrize("said", [{"decision": {"run_id": "another"}}, {"metrics_seal": "1:0"}])
def test_a_report_or_numbers_of_another_evaluation_are_refused(write, said):
    with pytest.raises(ParameterError, match="--pipeline=evaluate"):
        write(reported=said)


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
