"""What the ``explain`` pipeline starts from, of a network to which dark is crack."""

import pandas as pd
from tests.explain.networks import dark_network

from crack_pipeline.explain.settings import (
    ClassificationExplanation,
    OcclusionSettings,
    ScoringSettings,
    SegmentationExplanation,
    SmoothgradSettings,
)
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.pipelines.params import ExplanationParams

_FEW = {
    "smoothgrad": SmoothgradSettings(samples=4),
    "occlusion": OcclusionSettings(patch_px=16, stride_px=16),
    "scores": ScoringSettings(photos=2, deletion_steps=4, sanity_photos=1),
    "sheet_photos": 1,
}
PARAMS = ExplanationParams(
    segmentation=SegmentationExplanation(**_FEW),
    classification=ClassificationExplanation(**_FEW),
)


def make_inputs(manifest: pd.DataFrame, task: str) -> dict:
    """Model, facts, decision, report and parameters, by their names in the catalog."""
    info = {
        "task": task,
        "model": "dark",
        "tile_px": 32,
        "overlap_px": 8 if task == "segmentation" else None,
        "batch_size": 4,
        "manifest_digest": digest_manifest(manifest),
        "run_id": None,
    }
    test = manifest[manifest["split"] == "test"]
    return {
        "model": dark_network(task),
        "model_info": info,
        "manifest": manifest,
        "decision": {"threshold": 0.5, "views": "none", "run_id": None},
        "evaluation_report": {"photos": [_report(row) for _, row in test.iterrows()]},
        "task": task,
        "explanation": PARAMS,
        "dataset": "lines",
    }


def _report(row: "pd.Series[object]") -> dict:
    label = int(row["label"])  # type: ignore[call-overload]
    return {
        "image_id": row["image_id"],
        "true_positive": 150 * label,
        "false_positive": 10,
        "false_negative": 15 * label,
        "label": label,
        "probability": 0.9 if label else 0.2,
    }
