"""What is known of a model's measurements beside its threshold: ``measurement.json``."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.measure.error_bars import ErrorBars
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import (
    EVALUATE_FIRST,
    ModelInfo,
    list_differences,
    read_record,
    require_format,
    require_own,
)
from crack_pipeline.prediction.training_range import TrainingRange
from crack_pipeline.prediction.views import MaskViews

FORMAT_VERSION = 1
"""Version of ``measurement.json``."""


class FalseMarks(BaseModel):
    """How often a model marks a crack on photos without one.

    Attributes:
        dataset: Data set that the crack-free photos are of.
        photos: Number of crack-free photos.
        marked: Number of these with a mark.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    dataset: str
    photos: int = Field(ge=1)
    marked: int = Field(ge=0)

    @property
    def rate(self) -> float:
        """Share of the photos with a mark."""
        return self.marked / self.photos


class MeasurementRecord(BaseModel):
    """How well a model measures and what it can see; unknown keys are ignored.

    Attributes:
        format_version: Version of the file.
        error_bars: Of the width and length of a crack.
        labels: Titles of the data sets whose labels say what a crack is.
        test_set: Name of the data set whose test photos the model was evaluated on.
        a90_95_px: Width in px from which on 20 px of crack are found in nine of ten cases, with
            95 % confidence; None where it is not known.
        a90_95_note: Why it is not known; empty where it is.
        drawn_whole: True where a program drew the test photos whole.
        composites: Titles of data sets with cracks drawn onto photos of real surfaces.
        false_marks: On crack-free photos of another data set; None where none were given.
        sharpness_p5: 5th percentile of the sharpness of the test photos; None where not measured.
        training_side_px: Median of the shorter side of the training photos.
        training_range: Limits within which the training photos lie; None where not measured.
        threshold: Of the decision that the masks were made with.
        views: Test-time views that they were made under.
        task: Task of the model.
        model: Name of the model's architecture.
        run_id: MLflow run of the model's training.
        training_id: Identifier of the model's training.
        manifest_digest: Digest of the manifest of the photos.
        weights_digest: Digest of the model's weights.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format_version: int = Field(FORMAT_VERSION, ge=1)
    error_bars: ErrorBars = ErrorBars()
    labels: tuple[str, ...] = ()
    test_set: str = ""
    a90_95_px: float | None = Field(None, gt=0)
    a90_95_note: str = ""
    drawn_whole: bool = False
    composites: tuple[str, ...] = ()
    false_marks: FalseMarks | None = None
    sharpness_p5: float | None = None
    training_side_px: int | None = Field(None, ge=1)
    training_range: TrainingRange | None = None
    threshold: float = Field(ge=0, le=1)
    views: MaskViews | None = None
    task: str | None = None
    model: str | None = None
    run_id: str | None = None
    training_id: str | None = None
    manifest_digest: str | None = None
    weights_digest: str | None = None

    @property
    def basis(self) -> str:
        """Cracks and photos that the error bars come from, or why there are none, in words."""
        return self.error_bars.basis + ", on composites" * bool(self.composites)


def read_measurement(
    content: Mapping[str, Any], info: ModelInfo, decision: Decision
) -> MeasurementRecord:
    """Check the content of ``measurement.json``.

    Args:
        content: The content.
        info: The model that it must belong to.
        decision: The decision that it must belong to.

    Returns:
        The typed record.

    Raises:
        ParameterError: If a key is missing or wrong, the file is of a later version, or the record
            is of another model or threshold.
    """
    rule = "`measurement` must say how well the model measures."
    record = read_record(MeasurementRecord, content, rule=rule, remedy=EVALUATE_FIRST)
    require_format("measurement", record.format_version, FORMAT_VERSION)
    different = list_differences(info, record.model_dump(), was="measured")
    different += [
        f"{name} {measured} measured, {decided} decided"
        for name in ("threshold", "views")
        if (measured := getattr(record, name)) != (decided := getattr(decision, name))
    ]
    require_own("measurement", different)
    return record
