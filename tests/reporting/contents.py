"""Made-up runs to report on, one a task."""

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from tests.reporting.evaluations import KINDS, make_evaluation, make_metrics

from crack_pipeline.manifest import OK, validate_manifest
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.reporting.pictures import SHOWN, PictureShelf, collect_pictures
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


def make_explanation_scores() -> list[dict[str, Any]]:
    """Scores of two methods as ``explain`` writes them."""
    shared = {"photos": 12, "mask_area": 0.014, "border_area": 0.18, "joint_area": 0.08}
    return [
        {
            "method": "integrated gradients",
            **shared,
            "without_heat": 0,
            "energy_inside": 0.141,
            "pointing_game": 0.667,
            "iou": 0.167,
            "deletion_auc": 0.42,
            "sanity_spearman": 0.473,
            "sanity_ssim": 0.737,
            "completeness_gap": 0.0059,
            "border_energy": 0.197,
            "joint_energy": 0.293,
            "energy_ratio": 10.03,
            "border_preference": 1.1,
            "joint_preference": 3.64,
            "joint_photos": 7,
        },
        {
            "method": "Grad-CAM",
            **shared,
            "without_heat": 3,
            "energy_inside": 0.41,
            "pointing_game": 0.75,
            "iou": 0.051,
            "deletion_auc": 0.52,
            "sanity_spearman": -0.31,
            "sanity_ssim": 0.057,
            "completeness_gap": None,
            "border_energy": 0.1,
            "joint_energy": 0.08,
            "energy_ratio": 2.69,
            "border_preference": 0.563,
            "joint_preference": 0.98,
            "joint_photos": 7,
        },
    ]


def make_shelf() -> PictureShelf:
    """All figures of a run and a picture of each example."""
    names = (*SHOWN, *(f"example_{kind}_1" for kind in KINDS))
    return collect_pictures({name: draw() for name in names})


def make_subject(task: Task = "segmentation", **changes: Any) -> ReportSubject:
    """A run with everything but pictures."""
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
        "metrics": make_metrics(task),
        "evaluation": make_evaluation(task),
        "manifest": make_manifest(),
        "pictures": NO_PICTURES,
        "explanation_scores": make_explanation_scores(),
        "notes": [],
        "written": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    }
    content |= changes
    content["model_info"] = read_model_info(content["model_info"])
    content["decision"] = Decision(**content["decision"])
    return ReportSubject(**content)


def draw(*, width_px: int = 120, height_px: int = 80) -> bytes:
    """A PNG of few colours, as figures are."""
    image = np.full((height_px, width_px, 3), 255, np.uint8)
    image[height_px // 2] = (0, 114, 178)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def photo_sheet(width_px: int, height_px: int, seed: int = 0) -> bytes:
    """A PNG that compresses badly, as sheets of photos do."""
    noise = np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()
