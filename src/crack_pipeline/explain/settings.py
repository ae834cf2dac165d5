"""Settings of explanations."""

from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

MethodName = Literal["saliency", "smoothgrad", "integrated_gradients", "grad_cam", "occlusion"]
BaselineName = Literal["blurred", "mean", "black", "white"]

ALL_METHODS: tuple[MethodName, ...] = get_args(MethodName)

_STRICT = ConfigDict(extra="forbid", frozen=True)


class SmoothgradSettings(BaseModel):
    """SmoothGrad.

    Attributes:
        samples: Noisy copies of the photo whose gradients are averaged.
        noise_share: Standard deviation of the noise, as a share of the photo's range of levels.
    """

    model_config = _STRICT

    samples: int = Field(24, ge=1, le=1000)
    noise_share: float = Field(0.15, gt=0, le=1)


class IntegratedGradientsSettings(BaseModel):
    """Integrated gradients.

    Attributes:
        baseline: Where the path to the photo starts.
        steps: Gradients on the path to begin with; added where the path is taken too coarsely
            until the gap is small enough.
        most_steps: Most gradients.
        largest_gap: Largest allowed difference between the sum of the attributions and the
            difference of the scores, as a share of the latter.
    """

    model_config = _STRICT

    baseline: BaselineName = "blurred"
    steps: int = Field(16, ge=2, le=1000)
    most_steps: int = Field(256, ge=2, le=1000)
    largest_gap: float = Field(0.01, gt=0, le=1)

    @model_validator(mode="after")
    def _order_steps(self) -> Self:
        if self.steps > self.most_steps:
            raise ValueError(f"steps ({self.steps}) must not exceed most_steps ({self.most_steps})")
        return self


class OcclusionSettings(BaseModel):
    """Occlusion.

    Attributes:
        patch_px: Side of the square that hides a part of the photo.
        stride_px: Step of the square, at most its side.
    """

    model_config = _STRICT

    patch_px: int = Field(32, ge=1, le=512)
    stride_px: int = Field(16, ge=1, le=512)

    @model_validator(mode="after")
    def _leave_no_gap(self) -> Self:
        if self.stride_px > self.patch_px:
            raise ValueError(
                f"stride_px ({self.stride_px}) must not exceed patch_px ({self.patch_px})"
            )
        return self


class ScoringSettings(BaseModel):
    """How maps are scored.

    Attributes:
        photos: Test photos with crack that are scored, drawn by the seed.
        pointing_tolerance_px: How far from the mask the highest point may lie.
        deletion_steps: Parts of the photo that are removed one after another.
        border_share: Width of the border of the input, as a share of its side.
        sanity_photos: Scored photos whose maps are compared with those of weights drawn anew.
        joint_photos: Test photos with tile joints that are scored besides, on the drawn sample.
    """

    model_config = _STRICT

    photos: int = Field(12, ge=1, le=100_000)
    pointing_tolerance_px: int = Field(15, ge=0, le=100)
    deletion_steps: int = Field(16, ge=2, le=1000)
    border_share: float = Field(0.05, gt=0, lt=0.5)
    sanity_photos: int = Field(4, ge=0, le=100_000)
    joint_photos: int = Field(4, ge=0, le=100_000)


class ExplanationSettings(BaseModel):
    """Explanations of one task.

    Attributes:
        methods: Which methods, in the order of the sheet.
        layer: Layer whose maps Grad-CAM weights; None for the last convolution.
        smoothgrad: Of SmoothGrad.
        integrated_gradients: Of integrated gradients.
        occlusion: Of occlusion.
        scores: How maps are scored.
        sheet_photos: Photos of each kind on the sheet; 0 for none.
        batch_size: Copies of a photo that are computed at once.
        seed: Of the noise, the choice of photos and the weights drawn anew.
    """

    model_config = _STRICT

    methods: tuple[MethodName, ...] = Field(ALL_METHODS, min_length=1)
    layer: str | None = None
    smoothgrad: SmoothgradSettings = SmoothgradSettings()
    integrated_gradients: IntegratedGradientsSettings = IntegratedGradientsSettings()
    occlusion: OcclusionSettings = OcclusionSettings()
    scores: ScoringSettings = ScoringSettings()
    sheet_photos: int = Field(2, ge=0, le=8)
    batch_size: int = Field(8, ge=1, le=1024)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _name_each_method_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ValueError(f"methods must differ, received {list(self.methods)}")
        return self


class SegmentationExplanation(ExplanationSettings):
    """Explanations of masks.

    Attributes:
        region: The pixels whose logits are added up to the score that is explained: the predicted
            crack, or all. Where no crack is predicted, all pixels are taken.
    """

    region: Literal["predicted", "all"] = "predicted"
    occlusion: OcclusionSettings = OcclusionSettings(patch_px=48, stride_px=24)
    batch_size: int = Field(4, ge=1, le=1024)


class ClassificationExplanation(ExplanationSettings):
    """Explanations of labels: the score is the photo's own logit."""
