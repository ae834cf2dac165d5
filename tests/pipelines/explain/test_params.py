from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.hooks.parameters import check_parameter_values
from crack_pipeline.pipelines.explain import create_pipeline
from crack_pipeline.pipelines.params import ExplanationParams

WRITTEN = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "explain.yml"


def test_the_written_parameters_are_the_defaults():
    written = yaml.safe_load(WRITTEN.read_text())["explanation"]
    assert ExplanationParams.model_validate(written) == ExplanationParams()


def test_each_task_has_its_settings():
    params = ExplanationParams()
    assert type(params.for_task("segmentation")).__name__.startswith("Segmentation")
    assert type(params.for_task("classification")).__name__.startswith("Classification")


@pytest.mark.parametrize(
    "wrong",
    [
        {"segmentaton": {}},
        {"segmentation": {"sheet_photos": -1}},
        {"classification": {"region": "all"}},
    ],
)
def test_refuses_misspelt_and_out_of_range(wrong):
    with pytest.raises(ValidationError):
        ExplanationParams.model_validate(wrong)


def test_a_misspelt_method_is_refused_with_the_nearest_name():
    wrong = {"explanation": {"segmentation": {"methods": ["grad-cam"]}}}
    with pytest.raises(ParameterError, match="Did you mean grad_cam"):
        check_parameter_values(wrong, {"explain": create_pipeline()})
