"""The review on an in-memory catalog, twice, with decisions in between."""

import json
import subprocess
import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset

from crack_pipeline.datasets.figures import FiguresDataset
from crack_pipeline.errors import ManifestError
from crack_pipeline.label_quality.review import read_review_table
from crack_pipeline.pipelines.review import create_pipeline
from crack_pipeline.pipelines.review.nodes import ReviewParams

IMPORTED = """
import sys
import crack_pipeline.pipelines.review
print(sorted({"tensorflow", "keras", "mlflow", "cleanlab", "sklearn"} & set(sys.modules)))
"""


@pytest.fixture
def review(line_manifest, tmp_path):
    """Runs the pipeline on the manifest that it is given."""

    def run(manifest=line_manifest) -> None:
        params = ReviewParams(
            table_path=tmp_path / "review.csv",
            measurements_path=tmp_path / "pairs" / "features.parquet",
            predictions_path=tmp_path / "model_output",
            worst=3,
            n_jobs=1,
        )
        sheets = tmp_path / "sheets"
        catalog = DataCatalog(
            {
                "manifest": MemoryDataset(manifest),
                "params:review": MemoryDataset(params),
                "params:dataset": MemoryDataset("lines"),
                "review_report": JSONDataset(filepath=str(tmp_path / "review.json")),
                "review_sheets": FiguresDataset(filepath=str(sheets / "pages.json")),
            }
        )
        SequentialRunner().run(create_pipeline(), catalog)

    return run


def test_node_names_are_those_of_their_functions():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {"manifest", "params:review", "params:dataset"}
    assert {node.name for node in pipeline.nodes} == {node.func.__name__ for node in pipeline.nodes}


def test_the_review_leaves_table_sheets_and_report(review, tmp_path):
    review()
    rows = read_review_table(tmp_path / "review.csv").rows
    assert 1 <= len(rows) <= 3
    assert {page.name for page in (tmp_path / "sheets").iterdir()} == {"page_01.png", "pages.json"}
    report = json.loads((tmp_path / "review.json").read_text())
    assert report["photos"] == 14
    assert report["worst"][0]["image_id"] == rows["image_id"][0]


def test_a_second_review_keeps_the_decisions_of_the_first(review, tmp_path):
    review()
    path = tmp_path / "review.csv"
    rows = read_review_table(path).rows
    rows.loc[0, "action"] = "keep"
    rows.to_csv(path, index=False)
    review()
    again = read_review_table(path).rows
    assert again["image_id"][0] == rows["image_id"][0]
    assert again["action"][0] == "keep"


def test_photos_without_masks_and_predictions_name_the_remedy(review, line_manifest):
    with pytest.raises(ManifestError, match="--pipeline=cross_validate"):
        review(line_manifest.assign(mask_path=None))


def test_listing_the_pipeline_imports_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
