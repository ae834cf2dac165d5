"""Evaluation reports with made-up photos."""

from typing import Any

import numpy as np

from crack_pipeline.comparing.evaluated_run import EvaluatedRun, parse_report
from crack_pipeline.types import Task

N_PHOTOS = 24


def make_report(
    task: Task = "segmentation", *, skill: float = 0.7, seed: int = 0, tolerance_px: int = 2
) -> dict[str, Any]:
    """A report of 24 photos in 12 groups.

    Args:
        task: What was evaluated.
        skill: Share of the truth that is found, and of the prediction that is right.
        seed: Of the noise; the truth does not depend on it.
        tolerance_px: Named by the headline.
    """
    decision = {"task": task, "model": "unet", "threshold": 0.5, "manifest_digest": "d1ce"}
    make = _make_masks if task == "segmentation" else _make_labels
    name = f"f1_tolerance_{tolerance_px}px_pooled" if task == "segmentation" else "f1"
    return {
        "decision": decision,
        "headline": [{"name": name, "value": 0.8}],
        "photos": make(skill, np.random.default_rng(seed)),
    }


def make_run(task: Task = "segmentation", *, name: str = "first", **changes: Any) -> EvaluatedRun:
    """The same, parsed."""
    return parse_report(make_report(task, **changes), name=name, origin=name)


def _make_masks(skill: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    truths = np.random.default_rng(99).integers(200, 2000, N_PHOTOS)
    photos = []
    for number, truth in enumerate(truths.tolist()):
        share = float(np.clip(skill + rng.normal(0, 0.03), 0, 1))
        found = round(truth * share)
        false = round(truth * (1 - share))
        near, line = round((found + false) * min(1, share + 0.1)), truth // 4
        photos.append(
            {
                **_identify(number),
                "true_positive": found,
                "false_positive": false,
                "false_negative": truth - found,
                "true_negative": 9000,
                "near_px": near,
                "found_px": round(truth * min(1, share + 0.1)),
                "predicted_px": found + false,
                "truth_px": truth,
                "line_predicted": line,
                "line_predicted_inside": round(line * share),
                "line_truth": line,
                "line_truth_inside": round(line * share),
                "dice": 2 * found / (truth + found + false),
            }
        )
    return photos


def _make_labels(skill: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    photos = []
    for number in range(N_PHOTOS):
        label = number % 2
        centre = skill if label else 1 - skill
        probability = float(np.clip(centre + rng.normal(0, 0.25), 0, 1))
        photos.append({**_identify(number), "label": label, "probability": probability})
    return photos


def _identify(number: int) -> dict[str, str]:
    return {"image_id": f"photo_{number:02d}", "group_id": f"place_{number // 2:02d}"}
