"""What can be chosen about an evaluation, by task."""

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.baselines.settings import BlackHatSettings, PercentileSettings

_STRICT = ConfigDict(extra="forbid", frozen=True)


class SegmentationEvaluation(BaseModel):
    """Evaluation of masks.

    Attributes:
        tolerance_px: Distance within which a pixel counts as right, for the tolerant F1.
        sheet_photos: Photos in each row of the sheet: best, median, worst.
        baseline: What the black-hat detector tries on validation.
    """

    model_config = _STRICT

    tolerance_px: int = Field(2, ge=0, le=50)
    sheet_photos: int = Field(3, ge=1, le=8)
    baseline: BlackHatSettings = BlackHatSettings()


class ClassificationEvaluation(BaseModel):
    """Evaluation of labels.

    Attributes:
        sheet_photos: Photos in each row of the sheet: misses, false alarms, least and most certain.
        baseline: Grey levels that the percentile classifier looks at.
    """

    model_config = _STRICT

    sheet_photos: int = Field(4, ge=1, le=8)
    baseline: PercentileSettings = PercentileSettings()
