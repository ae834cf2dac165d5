"""Typed parameters of the ``explain`` stage."""

from pydantic import BaseModel, ConfigDict

from crack_pipeline.explain.settings import ClassificationExplanation, SegmentationExplanation
from crack_pipeline.types import Task


class ExplanationParams(BaseModel):
    """How a model is explained, by task.

    Attributes:
        segmentation: For ``task: segmentation``.
        classification: For ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: SegmentationExplanation = SegmentationExplanation()
    classification: ClassificationExplanation = ClassificationExplanation()

    def for_task(self, task: Task) -> SegmentationExplanation | ClassificationExplanation:
        """Settings of one task."""
        return self.segmentation if task == "segmentation" else self.classification
