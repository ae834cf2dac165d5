"""The pipeline as a slice on an in-memory catalog, with real trainings and a real store."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure

from crack_pipeline.label_quality.findings import read_map, read_out_of_fold
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.cross_validate import create_pipeline
from crack_pipeline.pipelines.cross_validate.nodes import CrossValidationParams
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.tracking.active import activate, close_active
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.store import TrackingStore


@pytest.fixture
def recorded(tmp_path: Path, empty_tracking_store: Path) -> Any:
    shutil.copy(empty_tracking_store, tmp_path / "mlflow.db")
    store = TrackingStore(f"sqlite:///{tmp_path / 'mlflow.db'}", "folds", tmp_path.as_uri())
    recorder = Recorder(RunPlan("cross_validate unet-lines", {}), store, tmp_path / "outbox")
    recorder.open()
    activate(recorder)
    yield recorder, store
    close_active("FINISHED")


@pytest.fixture
def catalog(line_manifest: Any, tmp_path: Path) -> DataCatalog:
    inputs = {
        "manifest": line_manifest,
        "params:task": "segmentation",
        "params:dataset": "lines",
        "params:preprocessing": PreprocessingParams(
            store_path=tmp_path / "stores", segmentation={"tile_px": 32, "overlap_px": 8}
        ),
        "params:augmentation": AugmentationParams(),
        "params:model": ModelParams(),
        "params:training": TrainingParams(
            unfinished_path=tmp_path / "unfinished", log_path=tmp_path / "logs"
        ),
        "params:evaluation": EvaluationParams(),
        "params:cross_validate": CrossValidationParams(
            trials_path=tmp_path / "trials",
            out_of_fold_path=tmp_path / "out_of_fold",
            folds=2,
            validation_share=0.4,
            segmentation={
                "epochs": 2,
                "steps_per_epoch": 2,
                "batch_size": 2,
                "model": {"name": "unet", "unet": {"base_filters": 2, "depth": 2}},
            },
        ),
    }
    return DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
    )


def test_folds_are_trained_recorded_and_pooled(
    catalog: DataCatalog, recorded: Any, line_manifest: Any, tmp_path: Path
) -> None:
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    metrics = outputs["cross_validation_metrics"].load()
    assert metrics["folds"] == 2
    assert metrics["out_of_fold_photos"] == 8
    assert 0 <= metrics["fold_f1_pooled_mean"] <= 1
    assert not any(name.startswith("test_") for name in metrics)
    assert isinstance(outputs["cross_validation_figure"].load(), Figure)

    handle = outputs["out_of_fold_predictions"].load()
    assert handle["path"] == str(tmp_path / "out_of_fold")
    store = read_out_of_fold(tmp_path / "out_of_fold")
    assert store.manifest_digest == digest_manifest(line_manifest) == handle["manifest_digest"]
    assert sorted(store.table["image_id"]) == [f"photo_{number:02d}" for number in range(8)]
    assert read_map(Path(store.table["map_path"][0])).shape == (48, 64)

    parent, tracked = recorded
    runs = tracked.client.search_runs(
        [tracked.client.get_experiment_by_name("folds").experiment_id],
        f"tags.mlflow.parentRunId = '{parent.run_id}'",
    )
    assert sorted(run.info.run_name for run in runs) == ["fold 0", "fold 1"]
    for run in runs:
        assert run.info.status == "FINISHED"
        assert run.data.params["training.segmentation.epochs"] == "2"
        assert "fold/f1_pooled" in run.data.metrics
        assert len(tracked.client.get_metric_history(run.info.run_id, "validation/loss")) == 2
        assert run.data.tags["pipeline"] == "cross_validate"


def test_one_node_trains() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes if "trains" in node.tags] == ["train_folds"]
    assert pipeline.inputs() >= {"manifest", "params:cross_validate"}
