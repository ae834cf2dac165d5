import numpy as np
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset

from crack_pipeline.datasets.figures import FigureDataset, FiguresDataset
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.evaluate import create_pipeline
from crack_pipeline.pipelines.params import EvaluationParams


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


def test_evaluation_ends_with_a_page_of_all_its_figures(line_manifest, tmp_path):
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
    folder = tmp_path / "reports"
    kept = {
        "metrics": JSONDataset(filepath=str(folder / "metrics.json")),
        "threshold_curve": FigureDataset(filepath=str(folder / "threshold_curve.png")),
        "prediction_sheet": FigureDataset(filepath=str(folder / "prediction_sheet.png")),
        "evaluation_figures": FiguresDataset(filepath=str(folder / "figures.json")),
    }
    catalog = DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()} | kept
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    assert kept["metrics"].load()["test_f1_pooled"] == 1.0
    assert {path.stem for path in folder.glob("*.png")} >= {
        *("threshold_curve", "prediction_sheet", "headline", "roc_curve", "detection"),
    }
    page = outputs["report"].load()
    assert page.count("<img") >= 10
    assert "The threshold is chosen on the validation photos" in page
    assert "Crack length found" in page
