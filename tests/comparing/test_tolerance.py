import pytest

from crack_pipeline.comparing.tolerance import find_tolerance


@pytest.mark.parametrize("prefix", ["", "test_"])
def test_the_headline_names_the_tolerance(prefix):
    headline = [{"name": "f1_pooled"}, {"name": f"{prefix}f1_tolerance_5px_pooled"}]
    assert find_tolerance({"headline": headline}) == 5


@pytest.mark.parametrize(
    "report",
    [{}, {"headline": None}, {"headline": [{"name": "centreline_f1_tolerance_2px_pooled"}]}],
)
def test_without_a_name_it_is_not_known(report):
    assert find_tolerance(report) is None
