import pytest
from pydantic import ValidationError

from crack_pipeline.pipelines.review.nodes import ReviewParams

PATHS = {
    "table_path": "review.csv",
    "measurements_path": "features.parquet",
    "predictions_path": "model_output",
}


def test_paths_are_enough():
    params = ReviewParams(**PATHS)
    assert (params.worst, params.n_jobs) == (24, -1)


@pytest.mark.parametrize(
    "changes", [{"worst": 0}, {"worst": 1001}, {"n_jobs": 0}, {"n_jobs": -2}, {"wors": 3}]
)
def test_values_out_of_range_and_unknown_names_are_refused(changes):
    with pytest.raises(ValidationError):
        ReviewParams(**PATHS, **changes)
