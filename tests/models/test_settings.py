"""Sizes of networks that cannot be."""

import pytest
from pydantic import ValidationError

from crack_pipeline.models.settings import (
    ClassificationModel,
    CnnSettings,
    Deeplabv3plusSettings,
    HairlineSettings,
    MobileNetV2UnetSettings,
    SegmentationModel,
)


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        (HairlineSettings, {"filters": (0, 4), "blocks": (1,)}),
        (HairlineSettings, {"blocks": (1, 2, -1)}),
        (HairlineSettings, {"context_dilations": (0,)}),
        (CnnSettings, {"filters": (16, 0)}),
        (MobileNetV2UnetSettings, {"decoder_filters": (8, 8, 8, 8, 0)}),
        (Deeplabv3plusSettings, {"atrous_rates": (3, 3)}),
    ],
)
def test_widths_and_dilations_out_of_range_are_refused_by_name(settings, changes):
    with pytest.raises(ValidationError, match=next(iter(changes))):
        settings(**changes)


@pytest.mark.parametrize("settings", [SegmentationModel, ClassificationModel])
@pytest.mark.parametrize("weights", ["", " "])
def test_empty_weights_are_refused(settings, weights):
    with pytest.raises(ValidationError, match="weights must be null, imagenet or the path"):
        settings(weights=weights)
