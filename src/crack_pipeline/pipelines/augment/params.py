"""Typed parameters of the ``augment`` stage."""

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.types import Task


class AugmentationParams(BaseModel):
    """What augmentation may do, by task.

    Attributes:
        enabled: Whether training augments at all.
        sheet_seed: Seed of the draws that the contact sheet shows.
        segmentation: The policy for ``task: segmentation``.
        classification: The policy for ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    sheet_seed: int = Field(0, ge=0)
    segmentation: AugmentationPolicy = AugmentationPolicy()
    classification: AugmentationPolicy = AugmentationPolicy()

    def for_task(self, task: Task) -> AugmentationPolicy:
        """Policy of one task."""
        return self.segmentation if task == "segmentation" else self.classification
