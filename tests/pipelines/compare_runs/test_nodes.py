import pytest
from pydantic import ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.pipelines.compare_runs.nodes import CompareParams


@pytest.mark.parametrize(
    ("given", "missing"), [({}, "run_a"), ({"run_a": "x"}, "run_b"), ({"run_b": "x"}, "run_a")]
)
def test_a_missing_run_is_named_with_the_whole_command(given, missing):
    with pytest.raises(ParameterError, match=f"no compare.{missing}") as caught:
        CompareParams(**given).references()
    assert "--params=compare.run_a=<run>,compare.run_b=<run>" in caught.value.remedy


@pytest.mark.parametrize("number", [12345678, 1e5])
def test_an_id_that_was_read_as_a_number_is_refused(number):
    with pytest.raises(ValidationError, match="loses digits"):
        CompareParams(run_a=number)


@pytest.mark.parametrize("given", [{"photos": "all"}, {"resamples": 10}, {"run_c": "x"}])
def test_what_it_does_not_know_is_refused(given):
    with pytest.raises(ValidationError):
        CompareParams(**given)
