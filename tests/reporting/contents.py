"""Made-up runs to report on, one a task."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from crack_pipeline.manifest import OK, validate_manifest
from crack_pipeline.reporting.pictures import PictureShelf
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.types import Task

NO_PICTURES = PictureShelf({}, {})


def make_manifest(source: str = "deepcrack") -> pd.DataFrame:
    """Twelve photos of six source photos, half of them cracked."""
    splits = ["train"] * 6 + ["validation"] * 2 + ["test"] * 4
    rows = [_make_row(number, split, source) for number, split in enumerate(splits)]
    return validate_manifest(pd.DataFrame(rows))


def _make_row(number: int, split: str, source: str) -> dict[str, Any]:
    return {
        "image_id": f"photo_{number:02d}",
        "source": source,
        "image_path": f"/photos/{number}.jpg",
        "label": number % 2,
        "mask_path": f"/masks/{number}.png",
        "raw_mask_path": f"/masks/{number}.png",
        "width_px": 64,
        "height_px": 48,
        "sha256": f"{number:064x}",
        "mask_sha256": f"{number:064x}",
        "phash": f"{number:016x}",
        "photo_id": f"photo_{number // 2}",
        "surface": "concrete" if number % 3 else "asphalt",
        "group_id": f"group_{number // 2}",
        "fold": None,
        "split": split,
        "status": OK,
        "reason": "",
        "mended": "",
    }


def make_model_info(task: Task) -> dict[str, Any]:
    """What training writes beside a model."""
    history = [
        {
            "epoch": float(epoch),
            "stage": 0.0,
            "learning_rate": 1e-3 / epoch,
            "f1": 0.5 + 0.1 * epoch,
            "loss": 1 / epoch,
            "val_f1": 0.4 + 0.1 * epoch,
            "val_loss": 1.1 / epoch,
            "seconds": 50.0,
        }
        for epoch in (1, 2, 3, 4)
    ]
    return {
        "task": task,
        "model": "unet" if task == "segmentation" else "cnn",
        "backend": "tensorflow",
        "device": "cpu",
        "precision": "float32",
        "tile_px": 256,
        "overlap_px": 64 if task == "segmentation" else None,
        "equalization": "none",
        "batch_size": 8,
        "n_parameters": 1_234_567,
        "seed": 7,
        "loss": "bce_dice",
        "ema_momentum": None,
        "epochs": 4,
        "best_epoch": 3,
        "best_value": 0.7,
        "monitor": "val_f1",
        "history": history,
        "strategy": "none",
        "run_id": "0123456789abcdef0123456789abcdef",
    }


def make_evaluation(task: Task) -> dict[str, Any]:
    """An evaluation with every part that the task has."""
    return _evaluate_masks() if task == "segmentation" else _evaluate_labels()


def _row(name: str, label: str, value: float, agreement: float | None = None) -> dict[str, Any]:
    ends = {"low": value - 0.04, "high": value + 0.03}
    return {"name": name, "label": label, "value": value, **ends, "agreement": agreement}


def _protocol(group: str, name: str, label: str, value: float, note: str = "") -> dict[str, Any]:
    ends = {"low": value - 0.05, "high": value + 0.05}
    return {"group": group, "name": name, "label": label, "value": value, **ends, "note": note}


def _stratum(by: str, stratum: str, photos: int, f1: float) -> dict[str, Any]:
    metrics = {"test_f1_tolerance_2px_pooled": f1, "test_recall_tolerance_2px_pooled": f1 - 0.01}
    return {"by": by, "stratum": stratum, "photos": photos, "metrics": metrics}


def _evaluate_masks() -> dict[str, Any]:
    return {
        "decision": {},
        "baseline": {"name": "black-hat"},
        "headline": [
            _row("test_f1_pooled", "F1 (Dice), pooled pixels", 0.849, 0.871),
            _row("test_f1_tolerance_2px_pooled", "F1 with 2 px tolerance", 0.921, 0.985),
            _row("test_cldice_pooled", "clDice, pooled", 0.899, 0.967),
        ],
        "protocols": [
            _protocol("pixels", "test_f1_pooled", "F1 (Dice), pooled", 0.849),
            _protocol(
                "pixels",
                "test_miou_pooled",
                "mIoU with background",
                0.861,
                "for comparison with published numbers only",
            ),
            _protocol("structure", "test_cldice_mean", "clDice, mean of photos", 0.898),
            {
                "group": "structure",
                "name": "test_hausdorff95_px_mean",
                "label": "Hausdorff 95, mean of photos, in px",
                "value": 23.456,
                "low": None,
                "high": None,
                "note": "photos where only one side is empty are left out",
            },
        ],
        "strata": [
            _stratum("crack width", "under 3 px", 31, 0.779),
            _stratum("crack width", "3–8 px", 120, 0.957),
            _stratum("crack width", "over 8 px", 86, 0.947),
            _stratum("surface", "asphalt", 90, 0.91),
            _stratum("surface", "concrete", 147, 0.93),
        ],
        "false_alarms": {
            "length_px_per_megapixel": 153.2,
            "length_px_per_megapixel_low": 98.0,
            "length_px_per_megapixel_high": 231.9,
            "photos": 237,
            "crack_free": {"photos": 0, "length_px_per_megapixel": None},
        },
        "detection": {
            "a90_px": 4.31,
            "a90_95_px": 5.02,
            "a90_mm": None,
            "note": "the scale of these photos is not known",
            "bins": [
                {"width_px": 1.5, "found": 0.61, "length_px": 4120},
                {"width_px": 5.0, "found": 0.93, "length_px": 18200},
            ],
            "curve": [0.1, 0.2, 0.3],
        },
        "width": {"bias_px": -0.42, "bias_px_low": -0.9, "bias_px_high": 0.1, "pairs": 5123},
        "calibration": {
            "ece": 0.043,
            "brier": 0.031,
            "temperature": {"value": 1.31, "low": 1.2, "high": 1.44},
            "ece_after_scaling": 0.019,
        },
        "risk_coverage": {"area": 0.021, "coverage_at_5_percent_risk": 0.82},
        "audit": {
            "sentence": "Nothing that was checked makes these numbers doubtful but one finding",
            "findings": [
                {
                    "check": "near duplicates of test photos in train",
                    "verdict": "doubtful",
                    "detail": "3 test photos show what 2 train photos show.",
                },
                {"check": "exact duplicates", "verdict": "fine", "detail": "None."},
                {"check": "border alone", "verdict": "not checked", "detail": "No labels."},
            ],
        },
    }


def _evaluate_labels() -> dict[str, Any]:
    return {
        "decision": {},
        "baseline": {"name": "percentiles"},
        "headline": [
            _row("test_f1", "F1", 0.951),
            _row("test_accuracy", "Accuracy", 0.953),
        ],
        "protocols": [_protocol("classification", "test_mcc", "Matthews' correlation", 0.9)],
        "strata": [],
        "calibration": {"ece": 0.012, "brier": 0.02},
        "risk_coverage": {},
        "audit": {
            "sentence": "Nothing that was checked makes these numbers doubtful.",
            "findings": [],
        },
    }


def make_subject(task: Task = "segmentation", **changes: Any) -> ReportSubject:
    """A run with everything but pictures."""
    main = "test_f1_pooled" if task == "segmentation" else "test_f1"
    info = make_model_info(task)
    content: dict[str, Any] = {
        "dataset": "bridges",
        "task": task,
        "model_info": info,
        "decision": {
            "threshold": 0.47,
            "chosen_by": "the highest F1 on validation",
            "note": "",
            "task": task,
            "model": info["model"],
            "run_id": info["run_id"],
        },
        "metrics": {
            main: 0.849,
            main.replace("test_", "test_baseline_"): 0.779,
            f"{main}_minus_baseline": 0.07,
            f"{main}_minus_baseline_low": 0.025,
            f"{main}_minus_baseline_high": 0.132,
        },
        "evaluation": make_evaluation(task),
        "manifest": make_manifest(),
        "pictures": NO_PICTURES,
        "explanation_scores": [{"method": "grad_cam", "energy_inside": 0.41, "points_hit": 12}],
        "notes": [],
        "written": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    }
    return ReportSubject(**{**content, **changes})


def write_drawing(path: Path, *, width_px: int = 120, height_px: int = 80) -> None:
    """A PNG of few colours, as figures are."""
    image = np.full((height_px, width_px, 3), 255, np.uint8)
    image[height_px // 2] = (0, 114, 178)
    Image.fromarray(image).save(path)


def photo_sheet(width_px: int, height_px: int, seed: int = 0) -> bytes:
    """A PNG that compresses badly, as sheets of photos do."""
    noise = np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()
