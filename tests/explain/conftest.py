"""A chosen photo explained by a network whose behaviour is known."""

from collections.abc import Callable

import pandas as pd
import pytest
from tests.explain.networks import dark_network

from crack_pipeline.explain.explainer import ExplainedPhoto, Explainer
from crack_pipeline.explain.photos import ChosenPhoto
from crack_pipeline.explain.settings import (
    ClassificationExplanation,
    OcclusionSettings,
    ScoringSettings,
    SegmentationExplanation,
)
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.views import MaskViews

FEW = {
    "occlusion": OcclusionSettings(patch_px=8, stride_px=8),
    "scores": ScoringSettings(pointing_tolerance_px=2, deletion_steps=8),
}


@pytest.fixture
def make_explainer() -> Callable[..., Explainer]:
    """Makes an explainer of the network to which dark is crack."""

    def make(task: str = "segmentation", views: MaskViews = "none", **changes: object) -> Explainer:
        kind = SegmentationExplanation if task == "segmentation" else ClassificationExplanation
        overlap_px = 8 if task == "segmentation" else None
        info = ModelInfo(task=task, model="dark", tile_px=32, overlap_px=overlap_px)
        bundle = ModelBundle(dark_network(task), info, Decision(threshold=0.5, views=views))
        return Explainer(bundle, kind(**{**FEW, **changes}))

    return make


@pytest.fixture
def explain(
    make_explainer: Callable[..., Explainer], line_manifest: pd.DataFrame
) -> Callable[..., ExplainedPhoto]:
    """Explains one photo of the manifest: those of even numbers show a line."""
    by_id = line_manifest.set_index("image_id")

    def run(number: int = 8, task: str = "segmentation", **changes: object) -> ExplainedPhoto:
        row = by_id.loc[f"photo_{number:02d}"].copy()
        for name, value in changes.pop("row", {}).items():
            row[name] = value
        chosen = ChosenPhoto(f"photo_{number:02d}", "best", is_scored=True)
        return make_explainer(task, **changes).explain(chosen, row)

    return run
