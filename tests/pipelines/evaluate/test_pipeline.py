import numpy as np
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.evaluate import create_pipeline
from crack_pipeline.pipelines.evaluate.params import EvaluationParams


class DarkPixelModel:
    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        return 1 - x.astype(np.float32).mean(axis=-1, keepdims=True) / 255


def test_needs_model_and_manifest_and_leaves_the_report():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {
        "model",
        "model_info",
        "manifest",
        "params:task",
        "params:evaluation",
        "params:dataset",
    }
    assert {node.name for node in pipeline.nodes} == {node.func.__name__ for node in pipeline.nodes}


def test_runs_on_a_catalog_in_memory(line_manifest):
    info = {
        "task": "segmentation",
        "model": "fake",
        "tile_px": 32,
        "overlap_px": 8,
        "equalization": "none",
        "batch_size": 4,
        "manifest_digest": digest_manifest(line_manifest),
        "run_id": None,
    }
    inputs = {
        "model": DarkPixelModel(),
        "model_info": info,
        "manifest": line_manifest,
        "params:task": "segmentation",
        "params:evaluation": EvaluationParams(),
        "params:dataset": "lines",
    }
    catalog = DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    assert set(outputs) == {
        "threshold_curve",
        "metrics",
        "evaluation_report",
        "precision_recall_curve",
        "roc_curve",
        "confusion_matrix",
        "prediction_sheet",
        "headline",
        "strata",
        "detection",
        "reliability",
        "risk_coverage",
    }
    assert outputs["metrics"].load()["test_f1_pooled"] == 1.0
