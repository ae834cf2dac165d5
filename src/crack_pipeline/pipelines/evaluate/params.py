"""Typed parameters of the ``evaluate`` stage."""

from pydantic import BaseModel, ConfigDict

from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.types import Task


class EvaluationParams(BaseModel):
    """How a model is measured, by task.

    Attributes:
        segmentation: For ``task: segmentation``.
        classification: For ``task: classification``.
        audit: From when on the result is doubtful.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: SegmentationEvaluation = SegmentationEvaluation()
    classification: ClassificationEvaluation = ClassificationEvaluation()
    audit: AuditSettings = AuditSettings()

    def for_task(self, task: Task) -> SegmentationEvaluation | ClassificationEvaluation:
        """Settings of one task."""
        return self.segmentation if task == "segmentation" else self.classification

    def agreement_of(self, task: Task) -> dict[str, float] | None:
        """What repeated annotations agree at, by metric; None where it is not known."""
        known = self.segmentation.label_agreement
        if task != "segmentation" or known is None:
            return None
        return known.named(self.segmentation.tolerance_px)
