"""Settings of trials that end in seconds, and results that no training made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.models.settings import SegmentationModel, UnetSettings
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.tiles.settings import TileSettings
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.measuring import COUNTS
from crack_pipeline.trials.result import TrialResult, read_result, write_result
from crack_pipeline.trials.trial import TrialSettings

MakeResult = Callable[..., TrialResult]


@pytest.fixture
def tiny_settings() -> TrialSettings:
    """A segmentation that trains for two epochs of two steps."""
    return TrialSettings(
        task="segmentation",
        dataset="lines",
        tiles=TileSettings(tile_px=32, overlap_px=8),
        model=SegmentationModel(unet=UnetSettings(base_filters=2, depth=2)),
        recipe=TrainingRecipe(epochs=2, steps_per_epoch=2, batch_size=2, tensorboard=False),
        evaluation=SegmentationEvaluation(),
        keeps_maps=True,
    )


@pytest.fixture
def make_result(tmp_path: Path) -> MakeResult:
    """Makes a finished trial of photos whose probabilities and masks are given."""

    def make(
        name: str, photos: dict[str, tuple[Any, Any]], *, threshold: float, **metrics: float
    ) -> TrialResult:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        masks = all(np.ndim(truth) == 2 for _, truth in photos.values())
        histograms = _measure(photos) if masks else None
        write_result(
            folder,
            "key",
            metrics={"decision_threshold": threshold, **metrics},
            facts={"model": "unet"},
            history=[{"epoch": 1.0, "loss": 0.5, "seconds": 2.0}],
            photos=_describe(photos, threshold, masks=masks),
            histograms=histograms,
        )
        result = read_result(name, folder, "key", was_kept=False)
        assert result is not None
        return result

    return make


def _measure(photos: dict[str, tuple[Any, Any]]) -> ProbabilityHistograms:
    return ProbabilityHistograms.stack(
        [
            measure_histograms(np.float32(probability), np.uint8(truth), tolerance_px=0)
            for probability, truth in photos.values()
        ]
    )


def _describe(photos: dict[str, tuple[Any, Any]], threshold: float, *, masks: bool) -> pd.DataFrame:
    rows = []
    for image_id, (probability, truth) in photos.items():
        predicted, crack = np.asarray(probability) >= threshold, np.asarray(truth) == 1
        counts = (predicted & crack, predicted & ~crack, ~predicted & crack, ~predicted & ~crack)
        rows.append(
            {
                "image_id": image_id,
                "group_id": image_id,
                "label": int(crack.any()),
                **{name: int(count.sum()) for name, count in zip(COUNTS, counts, strict=True)},
                "probability": np.nan if masks else float(probability),
            }
        )
    return pd.DataFrame(rows)
