"""The node from two folders to a table, and what it asks for."""

import json

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from pydantic import ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.hooks.parameters import check_parameter_values
from crack_pipeline.pipelines.params import EvaluationParams
from crack_pipeline.pipelines.score.nodes import score_predictions
from crack_pipeline.pipelines.score.params import ScoringParams
from crack_pipeline.pipelines.score.pipeline import create_pipeline


def test_gives_all_that_the_pipeline_names(tmp_path):
    for folder in ("p", "m"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            mask = np.zeros((24, 40), np.uint8)
            mask[4 + 5 * number] = 255
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), mask)
    scoring = ScoringParams(predictions=tmp_path / "p", masks=tmp_path / "m")
    outputs = score_predictions(scoring, EvaluationParams())
    assert set(outputs) == create_pipeline().all_outputs()
    assert outputs["score_metrics"]["f1_pooled"] == 1.0
    json.dumps([outputs["score_metrics"], outputs["score_report"]], allow_nan=False)
    figures = outputs["score_figures"]
    assert {"headline", "strata", "detection"} <= set(figures), "0 and 1 alone show no risk"
    assert all(isinstance(figure, Figure) for figure in figures.values())


@pytest.mark.parametrize("named", ["predictions", "masks"])
def test_a_folder_that_is_not_named_is_asked_for(tmp_path, named):
    missing = {"predictions": "masks", "masks": "predictions"}[named]
    with pytest.raises(ParameterError, match=rf"no scoring\.{missing}"):
        score_predictions(ScoringParams.model_validate({named: tmp_path}), EvaluationParams())


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 2},
        {"unpaired": "keep"},
        {"mask": "x"},
        *({"scale": value} for value in ("percent", 0, -1, float("inf"), True, None)),
    ],
)
def test_refuses_wrong_values(wrong):
    with pytest.raises(ValidationError):
        ScoringParams.model_validate(wrong)


@pytest.mark.parametrize(("given", "scale"), [("auto", "auto"), (100, 100.0), (0.5, 0.5)])
def test_takes_a_scale_or_tells_it(given, scale):
    assert ScoringParams.model_validate({"scale": given}).scale == scale


def test_says_in_one_sentence_which_scales_there_are():
    pipelines = {"score": create_pipeline()}
    with pytest.raises(ParameterError, match=r"`scoring\.scale` must be auto, or the value"):
        check_parameter_values({"scoring": {"scale": "percent"}}, pipelines)


def test_warns_of_what_is_doubted(tmp_path, caplog):
    for folder, highest in (("p", 0.3), ("m", 1)):
        (tmp_path / folder).mkdir()
        samples = np.zeros((24, 40), np.float32)
        samples[4:8] = highest
        np.save(tmp_path / folder / "a.npy", samples)
    scoring = ScoringParams(predictions=tmp_path / "p", masks=tmp_path / "m")
    outputs = score_predictions(scoring, EvaluationParams())
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warned == outputs["score_report"]["doubts"]
    assert len(warned) == 1
