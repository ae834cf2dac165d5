"""Typed parameters of the ``cross_validate`` pipeline."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.pipelines.trial_settings import ClassificationTrial, SegmentationTrial
from crack_pipeline.types import Task


class CrossValidationParams(BaseModel):
    """How the folds are made and trained.

    Attributes:
        trials_path: Folder of the trials, relative to the project.
        out_of_fold_path: Folder of the out-of-fold predictions, relative to the project.
        folds: Number of folds where the manifest has none.
        validation_share: Share of the other folds' photos on which epoch and threshold are chosen.
        seed: Seed of folds that the manifest has not, and of the validation parts.
        segmentation: What differs from a single training, for ``task: segmentation``.
        classification: The same for ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trials_path: Path
    out_of_fold_path: Path
    folds: int = Field(5, ge=2, le=100)
    validation_share: float = Field(0.15, gt=0.0, lt=1.0)
    seed: int = Field(0, ge=0)
    segmentation: SegmentationTrial = SegmentationTrial()
    classification: ClassificationTrial = ClassificationTrial()

    def for_task(self, task: Task) -> SegmentationTrial | ClassificationTrial:
        """Changes of one task."""
        return self.segmentation if task == "segmentation" else self.classification
