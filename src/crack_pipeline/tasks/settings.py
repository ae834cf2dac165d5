"""Settings of an evaluation, by task."""

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.baselines.settings import BlackHatSettings, PercentileSettings
from crack_pipeline.prediction.views import MaskViews, Views

_STRICT = ConfigDict(extra="forbid", frozen=True)


class LabelAgreement(BaseModel):
    """How well the people who drew the masks agree with themselves: more cannot be decided.

    Attributes:
        f1_pooled: Exact F1 of repeated annotations.
        f1_tolerance_pooled: F1 with the evaluation's tolerance.
        cldice: clDice.
    """

    model_config = _STRICT

    f1_pooled: float = Field(gt=0, le=1)
    f1_tolerance_pooled: float = Field(gt=0, le=1)
    cldice: float = Field(gt=0, le=1)


class SegmentationEvaluation(BaseModel):
    """Evaluation of masks.

    Attributes:
        tolerance_px: Distance within which a pixel counts as right, for the tolerant F1.
        test_time_augmentation: ``none``; ``flips`` averages four mirrored views of each photo,
            ``dihedral`` eight, ``zooms`` two sizes of it, ``flips_zooms`` both mirrored.
        label_agreement: What repeated annotations agree at, to stand beside the results; None
            where it is not known.
        mm_per_px: Size of a pixel on the surface in mm, the same for all photos; None where it is
            not known.
        sheet_photos: Photos of each kind on the sheet: best, typical, missed, false cracks.
        resamples: Draws of the bootstrap over source photos.
        baseline: What the black-hat detector tries on validation.
    """

    model_config = _STRICT

    tolerance_px: int = Field(2, ge=0, le=50)
    test_time_augmentation: MaskViews = "none"
    label_agreement: LabelAgreement | None = None
    mm_per_px: float | None = Field(None, gt=0)
    sheet_photos: int = Field(3, ge=1, le=8)
    resamples: int = Field(1000, ge=100)
    baseline: BlackHatSettings = BlackHatSettings()


class ClassificationEvaluation(BaseModel):
    """Evaluation of labels.

    Attributes:
        test_time_augmentation: As for masks, without zooms: a photo is resized to the input anyway.
        sheet_photos: Photos of each kind on the sheet: most certain, least certain, misses, alarms.
        resamples: Draws of the bootstrap over source photos.
        baseline: Grey levels that the percentile classifier looks at.
    """

    model_config = _STRICT

    test_time_augmentation: Views = "none"
    sheet_photos: int = Field(4, ge=1, le=8)
    resamples: int = Field(1000, ge=100)
    baseline: PercentileSettings = PercentileSettings()


def name_agreement(settings: BaseModel) -> dict[str, float] | None:
    """Agreement of repeated annotations, by metric.

    Args:
        settings: Of an evaluation.

    Returns:
        Metric without the split → number; None where it is not known.
    """
    if not isinstance(settings, SegmentationEvaluation) or settings.label_agreement is None:
        return None
    agreement = settings.label_agreement
    return {
        "f1_pooled": agreement.f1_pooled,
        f"f1_tolerance_{settings.tolerance_px}px_pooled": agreement.f1_tolerance_pooled,
        "cldice_pooled": agreement.cldice,
        "cldice_mean": agreement.cldice,
    }
