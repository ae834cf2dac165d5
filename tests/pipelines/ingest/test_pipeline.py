import subprocess
import sys

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.pandas import ParquetDataset
from matplotlib.figure import Figure

from crack_pipeline.errors import SplitError
from crack_pipeline.manifest import require_for_task, validate_manifest
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.params import IngestionParams

RUN_IN_A_PROCESS = """
import sys
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.params import IngestionParams

params = IngestionParams(
    raw_path="raw",
    checks_path="checks",
    sample={"n_photos": 6, "width_px": 96, "height_px": 96},
    parallel={"n_jobs": 1},
)
catalog = DataCatalog({"params:ingestion": MemoryDataset(params)})
SequentialRunner().run(create_pipeline(), catalog)
print("loaded:", sorted({"tensorflow", "keras", "mlflow"} & set(sys.modules)))
"""


def run(n_photos: int) -> dict:
    params = IngestionParams(
        raw_path="raw",
        checks_path="checks",
        sample={"n_photos": n_photos, "width_px": 160, "height_px": 120},
        parallel={"n_jobs": 1},
        sheet_photos=2,
    )
    catalog = DataCatalog(
        {
            "params:ingestion": MemoryDataset(params),
            "manifest": ParquetDataset(filepath="manifest.parquet"),
        }
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    loaded = {name: dataset.load() for name, dataset in outputs.items()}
    return {**loaded, "manifest": catalog.load("manifest")}


def test_node_names_are_those_of_their_functions():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {"params:ingestion"}
    assert pipeline.outputs() == {"ingestion_report", "manifest_sheet"}
    assert {node.name for node in pipeline.nodes} == {node.func.__name__ for node in pipeline.nodes}


def test_the_sample_becomes_a_manifest_fit_for_both_tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs = run(18)
    manifest = validate_manifest(outputs["manifest"])
    assert len(manifest) == outputs["ingestion_report"]["usable"] == 18
    assert manifest["split"].value_counts().to_dict() == {"train": 12, "validation": 3, "test": 3}
    for task in ("segmentation", "classification"):
        require_for_task(manifest, task)
    assert isinstance(outputs["manifest_sheet"], Figure)
    pd.testing.assert_frame_equal(run(18)["manifest"], manifest)


def test_a_fault_of_the_data_comes_through_the_runner_unchanged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SplitError, match="at least one group"):
        run(2)


def test_ingestion_never_imports_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", RUN_IN_A_PROCESS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"
