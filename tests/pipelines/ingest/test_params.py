import pytest
from pydantic import ValidationError

from crack_pipeline.pipelines.ingest.params import IngestionParams

PATHS = {"raw_path": "raw", "checks_path": "checks"}


def test_paths_alone_are_enough():
    params = IngestionParams(**PATHS)
    assert params.source == "synthetic"
    assert params.path is None
    assert params.splitting.share("train") == 0.7


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"max_megapixels": 0}, "max_megapixels"),
        ({"max_megapixels": 1e6}, "max_megapixels"),
        ({"sheet_photos": 0}, "sheet_photos"),
        ({"sourse": "synthetic"}, "sourse"),
        ({"splitting": {"train": 0.9}}, "must add up to 1"),
        ({"splitting": {"trian": 0.7}}, "trian"),
        ({"duplicates": {"min_correlation": 2}}, "min_correlation"),
        ({"parallel": {"n_jobs": 0}}, "n_jobs"),
        ({"sample": {"n_photos": 0}}, "n_photos"),
        ({"photo_id_pattern": "("}, "regular expression"),
        ({"photo_id_pattern": "abc"}, "one group"),
        ({"photo_id_pattern": "(a)(b)"}, "one group"),
    ],
)
def test_values_out_of_range_and_misspelt_names_are_refused(values, name):
    with pytest.raises(ValidationError, match=name):
        IngestionParams(**PATHS, **values)
