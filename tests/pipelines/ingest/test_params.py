from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from crack_pipeline.pipelines.ingest.params import IngestionParams

PATHS = {"raw_path": "raw", "checks_path": "checks", "primary_path": "primary"}


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
        ({"splitting": {"folds": 1}}, "folds must be 0"),
        ({"leaking_train": "hide"}, "leaking_train"),
        ({"contradicting": "hide"}, "contradicting"),
        ({"parallel": {"n_jobs": 0}}, "n_jobs"),
        ({"parallel": {"backend": "spark"}}, "backend"),
        ({"sample": {"n_photos": 0}}, "n_photos"),
        ({"photo_id_pattern": "("}, "regular expression"),
        ({"photo_id_pattern": "abc"}, "one group"),
        ({"photo_id_pattern": "(a)(b)"}, "one group"),
    ],
)
def test_values_out_of_range_and_misspelt_names_are_refused(values, name):
    with pytest.raises(ValidationError, match=name):
        IngestionParams(**PATHS, **values)


def test_conf_base_says_what_the_models_take_by_default():
    conf = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "ingestion.yml"
    written = yaml.safe_load(conf.read_text(encoding="utf-8"))["ingestion"]
    paths = {name for name in written if name.endswith("_path")}
    defaults = IngestionParams(**PATHS).model_dump(mode="json", by_alias=True)
    differing = {
        name: (value, defaults[name])
        for name, value in written.items()
        if name not in {*paths, "sample"} and value != defaults[name]  # the sample's share is ⅔
    }
    assert differing == {}
