"""What ingestion and evaluation gave at commit ec53807, of data that code draws.

A difference is either a mistake or a change that the changelog names; then, and only then,
``python -m tests.golden.test_golden`` writes the file anew. ``benchmarks/golden.py`` compares whole
commits.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.golden.drawn import draw_labels, draw_maps, name_photos

from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.tasks.label_report import pair_labels, report_labels
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.mask_scores import score_maps
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation

GOLDEN = Path(__file__).parent
FITTED = ("a90", "l90", "detection", "temperature")
"""What an optimizer finds repeats to its tolerance, not to rounding."""


def measure_masks() -> dict[str, Any]:
    settings = SegmentationEvaluation(mm_per_px=0.25, resamples=1000)
    maps = draw_maps()
    wanted = {"temperature": 1.5, "in_full": True}
    scores = score_maps(maps, name_photos(len(maps)), settings, threshold=0.4, **wanted)
    report = report_masks(
        scores, settings, threshold=0.4, temperature=1.5, agreement={"cldice_pooled": 0.9}
    )
    return {"metrics": report.metrics, "parts": report.parts}


def measure_labels() -> dict[str, Any]:
    rows, probabilities = draw_labels()
    scores = pair_labels(rows, probabilities)
    report = report_labels(
        scores, ClassificationEvaluation(resamples=1000), threshold=0.55, temperature=0.8
    )
    summary = summarize_labels(scores.labels, probabilities, threshold=0.55, prefix="test")
    return {"summary": summary, "metrics": report.metrics, "parts": report.parts}


def ingest_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from kedro.io import DataCatalog, MemoryDataset
    from kedro.runner import SequentialRunner
    from kedro_datasets.pandas import ParquetDataset

    from crack_pipeline.pipelines.ingest import create_pipeline
    from crack_pipeline.pipelines.ingest.params import IngestionParams

    monkeypatch.chdir(folder)
    params = IngestionParams(
        raw_path="raw",
        checks_path="checks",
        primary_path="primary",
        sample={"n_photos": 18, "width_px": 160, "height_px": 120},
        splitting={"folds": 3},
        parallel={"n_jobs": 1},
    )
    catalog = DataCatalog(
        {
            "params:ingestion": MemoryDataset(params),
            "params:dataset": MemoryDataset("tiny"),
            "manifest": ParquetDataset(filepath="manifest.parquet"),
        }
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    manifest, report = catalog.load("manifest"), outputs["ingestion_report"].load()
    facts = [name for name in manifest if not name.endswith(("path", "sha256", "phash"))]
    counts = {name: report[name] for name in ("labels", "splits", "groups", "sizes_px", "fit_for")}
    return {"rows": json.loads(manifest[facts].to_json(orient="records")), "report": counts}


def list_differences(old: Any, new: Any, key: str = "") -> list[str]:
    """Where two JSON values differ; what is new in a mapping does not count."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [d for k in old for d in list_differences(old[k], new.get(k), f"{key}.{k}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [d for n, (a, b) in pairs for d in list_differences(a, b, f"{key}[{n}]")]
    if isinstance(old, float) and isinstance(new, int | float):
        tolerance = 1e-6 if any(word in key for word in FITTED) else 1e-9
        if math.isclose(old, new, rel_tol=tolerance, abs_tol=tolerance):
            return []
    return [] if type(old) is type(new) and old == new else [f"{key}: {old!r}, now {new!r}"]


@pytest.mark.parametrize("measure", [measure_masks, measure_labels])
def test_drawn_predictions_are_measured_as_ever(measure):
    golden = json.loads((GOLDEN / f"{measure.__name__}.json").read_text())
    assert list_differences(golden, json.loads(json.dumps(measure()))) == []


def test_the_drawn_sample_has_the_manifest_it_ever_had(tmp_path, monkeypatch):
    golden = json.loads((GOLDEN / "ingest_sample.json").read_text())
    assert list_differences(golden, ingest_sample(tmp_path, monkeypatch)) == []


def test_a_difference_is_found():
    old = {"name": "f1", "value": 0.5, "rows": [1, 2.0], "none": None}
    assert list_differences(old, {**old, "value": 0.5 + 1e-12, "new": 1}) == []
    changed = {"name": "F1", "value": 0.5 + 1e-8, "rows": [1, 3.0]}
    assert len(list_differences(old, changed)) == 3
    assert list_differences(1, True), "a yes is no number"
    assert list_differences([1.0], [1.0, 2.0])
    assert list_differences({"value": 1.0}, {}), "what is gone is a difference"


if __name__ == "__main__":
    import tempfile

    found = {"measure_masks": measure_masks(), "measure_labels": measure_labels()}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        found["ingest_sample"] = ingest_sample(Path(folder), patch)
    for name, value in found.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
