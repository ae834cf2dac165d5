import pytest
from pydantic import ValidationError

from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings, SplitSettings


def test_shares_must_add_up_to_one():
    with pytest.raises(ValidationError, match=r"must add up to 1, received 1\.2"):
        SplitSettings(train=0.7, validation=0.3, test=0.2)


@pytest.mark.parametrize(
    "values", [{"train": 1.0}, {"test": 0.0}, {"seed": -1}, {"tset": 0.2}, {"train": "much"}]
)
def test_shares_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        SplitSettings(**values)


@pytest.mark.parametrize(
    "values", [{"max_hash_distance": -1}, {"max_hash_distance": 40}, {"min_correlation": 1.1}]
)
def test_duplicate_limits_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        DuplicateSettings(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"search": "sometimes"},
        {"min_correlation": 0.0},
        {"min_shared_share": 1.5},
        {"min_votes": 1},
        {"scales": [1.0]},
        {"scales": [0.5, 0.01]},
        {"max_points": 100_000},
        {"min_share": 0.1},
    ],
)
def test_overlap_limits_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        OverlapSettings(**values)
