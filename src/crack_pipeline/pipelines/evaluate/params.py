"""Typed parameters of the ``evaluate`` stage."""

from pydantic import BaseModel, ConfigDict

from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.types import Task


class EvaluationParams(BaseModel):
    """How a model is measured, by task.

    Attributes:
        segmentation: For ``task: segmentation``.
        classification: For ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: SegmentationEvaluation = SegmentationEvaluation()
    classification: ClassificationEvaluation = ClassificationEvaluation()

    def for_task(self, task: Task) -> SegmentationEvaluation | ClassificationEvaluation:
        """Settings of one task."""
        return self.segmentation if task == "segmentation" else self.classification
