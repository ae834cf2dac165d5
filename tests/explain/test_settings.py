import pytest
from pydantic import ValidationError

from crack_pipeline.explain.settings import (
    ClassificationExplanation,
    ExplanationSettings,
    SegmentationExplanation,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"methods": ["salency"]},
        {"methods": []},
        {"methods": ["saliency", "saliency"]},
        {"occlusion": {"patch_px": 8, "stride_px": 9}},
        {"integrated_gradients": {"steps": 20, "most_steps": 10}},
        {"integrated_gradients": {"baseline": "grey"}},
        {"scores": {"border_share": 0.5}},
        {"smoothgrad": {"samples": 0}},
        {"layers": "conv"},
    ],
)
def test_refuses_what_cannot_be_done(wrong):
    with pytest.raises(ValidationError):
        ExplanationSettings.model_validate(wrong)


def test_only_masks_have_a_region():
    assert SegmentationExplanation(region="all").region == "all"
    with pytest.raises(ValidationError):
        ClassificationExplanation.model_validate({"region": "all"})
