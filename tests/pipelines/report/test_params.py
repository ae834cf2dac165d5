import pytest
from pydantic import ValidationError

from crack_pipeline.pipelines.report.params import ReportParams


@pytest.mark.parametrize(
    "wrong",
    [{}, {"figures_path": "figures"}, {"figures_path": "f", "model_path": "m", "figure_path": "f"}],
)
def test_missing_and_unknown_names_are_refused(wrong):
    with pytest.raises(ValidationError):
        ReportParams.model_validate(wrong)
