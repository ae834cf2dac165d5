from pathlib import Path

import pytest
import yaml

from crack_pipeline.errors import ParameterError
from crack_pipeline.inspection.settings import PredictionParams, read_params

BASE = Path(__file__).parents[2] / "conf" / "base" / "parameters" / "prediction.yml"


@pytest.mark.parametrize("wrong", [0, -0.4, float("nan"), float("inf"), "wide"])
def test_a_scale_that_is_none_is_refused(wrong):
    with pytest.raises(ParameterError, match="mm_per_px"):
        read_params({"mm_per_px": wrong})


@pytest.mark.parametrize(
    "wrong", [{"scale_error": 1}, {"limit_mm": 0}, {"max_gap_px": -1}, {"mm_per_pixel": 0.4}]
)
def test_other_values_and_names_are_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        read_params(wrong)


def test_defaults_are_those_of_the_project():
    written = yaml.safe_load(BASE.read_text("utf-8"))["prediction"]
    assert PredictionParams.model_validate(written) == PredictionParams()
    assert set(written) == set(PredictionParams.model_fields)


def test_photos_must_be_named(tmp_path):
    with pytest.raises(ParameterError, match="kedro predict"):
        PredictionParams().resolve(tmp_path)


def test_results_are_named_after_the_photos_unless_named(tmp_path):
    photos = tmp_path / "Süd seite"
    assert PredictionParams(photos=photos).resolve(tmp_path).output == tmp_path / "Süd seite_cracks"
    named = PredictionParams(photos=photos, output=tmp_path / "there")
    assert named.resolve(tmp_path).output == tmp_path / "there"
