from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from crack_pipeline.pipelines.params import EvaluationParams

WRITTEN = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "evaluation.yml"


def test_the_written_parameters_are_the_defaults():
    written = yaml.safe_load(WRITTEN.read_text())["evaluation"]
    assert EvaluationParams.model_validate(written) == EvaluationParams()


def test_each_task_has_its_settings():
    params = EvaluationParams()
    assert type(params.for_task("segmentation")).__name__.startswith("Segmentation")
    assert type(params.for_task("classification")).__name__.startswith("Classification")


@pytest.mark.parametrize(
    "wrong",
    [
        {"segmentaton": {}},
        {"segmentation": {"tolerance_px": -1}},
        {"segmentation": {"sheet_photos": 0}},
        {"classification": {"tolerance_px": 2}},
        {"classification": {"baseline": {"percentiles": []}}},
    ],
)
def test_refuses_misspelt_and_out_of_range(wrong):
    with pytest.raises(ValidationError):
        EvaluationParams.model_validate(wrong)
