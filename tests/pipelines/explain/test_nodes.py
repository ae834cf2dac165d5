import json
import logging

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.explain.networks import flat_network
from tests.pipelines.explain.inputs import PARAMS, make_inputs

from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.explain.methods import Heat, title_of
from crack_pipeline.pipelines.explain.nodes import (
    draw_explanations,
    explain_photos,
    score_explanations,
    show_network,
)

METHODS = PARAMS.for_task("segmentation").methods
SHOWN = ("model", "model_info", "manifest", "task", "explanation", "dataset")
EXPLAINED = (
    "model",
    "model_info",
    "manifest",
    "decision",
    "evaluation_report",
    "task",
    "explanation",
)
SCORED = ("model", "model_info", "decision", "task", "explanation")


def take(inputs: dict, names: tuple[str, ...]) -> dict:
    return {name: inputs[name] for name in names}


def run(inputs: dict) -> tuple[list, dict]:
    explained = explain_photos(**take(inputs, EXPLAINED))
    return explained, score_explanations(**take(inputs, SCORED), explained_photos=explained)


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_both_tasks_give_the_same_set_of_outputs(line_manifest, task):
    inputs = make_inputs(line_manifest, task)
    figures = show_network(**take(inputs, SHOWN))
    assert set(figures) == {"first_layer_filters", "activation_maps"}
    assert all(isinstance(figure, Figure) for figure in figures.values())

    explained, outputs = run(inputs)
    assert set(outputs) == {"explanation_scores", "explanation_metrics", "explanation_report"}
    table = outputs["explanation_scores"]
    assert table["method"].tolist() == [title_of(name, task) for name in METHODS]
    metrics = outputs["explanation_metrics"]
    assert metrics["explain_saliency_photos"] == 2
    assert metrics["explain_saliency_energy_inside"] > 0.8
    assert metrics["explain_integrated_gradients_completeness_gap"] <= 0.01
    assert "explain_grad_cam_sanity_ssim" in metrics
    json.dumps([metrics, outputs["explanation_report"]], allow_nan=False)

    sheet = draw_explanations(
        explained_photos=explained, model_info=inputs["model_info"], task=task, dataset="lines"
    )
    assert isinstance(sheet, Figure)


def test_the_same_inputs_give_the_same_metrics(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    first, second = (run(inputs)[1]["explanation_metrics"] for _ in range(2))
    assert first == second


def test_without_masks_the_scores_against_them_are_left_out_and_that_is_said(line_manifest, caplog):
    bare = line_manifest.assign(mask_path=pd.NA).astype({"mask_path": "string"})
    with caplog.at_level(logging.WARNING):
        _, outputs = run(make_inputs(bare, "classification"))
    assert "The photos have no masks" in caplog.text
    assert any("no masks" in sentence for sentence in outputs["explanation_report"]["left_out"])
    assert "explain_saliency_energy_inside" not in outputs["explanation_metrics"]
    assert "explain_saliency_deletion_auc" in outputs["explanation_metrics"]


def test_refuses_an_empty_test_split(line_manifest):
    inputs = make_inputs(line_manifest[line_manifest["split"] != "test"], "segmentation")
    with pytest.raises(ManifestError, match="no usable photo in the test split"):
        explain_photos(**take(inputs, EXPLAINED))
    with pytest.raises(ManifestError, match="no usable photo in the test split"):
        show_network(**take(inputs, SHOWN))


def test_refuses_a_model_of_another_task(line_manifest):
    inputs = {**make_inputs(line_manifest, "segmentation"), "task": "classification"}
    for node, names in ((explain_photos, EXPLAINED), (show_network, SHOWN)):
        with pytest.raises(ParameterError, match="trained for segmentation"):
            node(**take(inputs, names))
    with pytest.raises(ParameterError, match="trained for segmentation"):
        score_explanations(**take(inputs, SCORED), explained_photos=[])


def test_refuses_a_manifest_other_than_the_one_trained_with(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["model_info"]["manifest_digest"] = "f" * 64
    with pytest.raises(ManifestError, match="manifest that it was trained with"):
        explain_photos(**take(inputs, EXPLAINED))


def test_refuses_a_decision_of_another_run(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    inputs["decision"]["run_id"] = "another"
    with pytest.raises(ParameterError, match=r"run_id another evaluated.*pipeline=evaluate"):
        explain_photos(**take(inputs, EXPLAINED))


def test_refuses_a_threshold_whose_views_are_not_known(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    del inputs["decision"]["views"]
    with pytest.raises(ParameterError, match=r"views.*kedro run --pipeline=evaluate"):
        explain_photos(**take(inputs, EXPLAINED))


def test_refuses_an_unknown_layer(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    changed = PARAMS.for_task("segmentation").model_copy(update={"layer": "drak"})
    inputs["explanation"] = PARAMS.model_copy(update={"segmentation": changed})
    with pytest.raises(ParameterError, match="Did you mean dark"):
        explain_photos(**take(inputs, EXPLAINED))


def test_a_network_without_a_convolution_is_explained_once_grad_cam_is_left_out(
    line_manifest, caplog
):
    inputs = {**make_inputs(line_manifest, "classification"), "model": flat_network(32)}
    with pytest.raises(ParameterError, match="Leave grad_cam out"):
        explain_photos(**take(inputs, EXPLAINED))
    changed = PARAMS.for_task("classification").model_copy(
        update={"methods": ("saliency", "occlusion")}
    )
    inputs["explanation"] = PARAMS.model_copy(update={"classification": changed})
    with caplog.at_level(logging.WARNING):
        figures = show_network(**take(inputs, SHOWN))
    assert figures == {}
    assert all(word in caplog.text for word in ("no convolution", "no layer"))
    _, outputs = run(inputs)
    assert outputs["explanation_scores"]["method"].tolist() == ["saliency", "occlusion"]
    assert outputs["explanation_report"]["layer"] is None


def test_maps_without_heat_are_counted_on_the_sheet_and_in_the_report(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    explained = explain_photos(**take(inputs, EXPLAINED))
    scored = next(one for one in explained if one.chosen.is_scored)
    scored.heats["occlusion"] = Heat(np.zeros_like(scored.heats["occlusion"].heat))
    outputs = score_explanations(**take(inputs, SCORED), explained_photos=explained)
    assert outputs["explanation_metrics"]["explain_occlusion_without_heat"] == 1
    left_out = " ".join(outputs["explanation_report"]["left_out"])
    assert "occlusion gives no heat on 1 of 2 scored photos" in left_out
    sheet = draw_explanations(
        explained_photos=explained,
        model_info=inputs["model_info"],
        task="segmentation",
        dataset="lines",
    )
    assert "no heat by occlusion: 1 of 2" in " ".join(text.get_text() for text in sheet.texts)
