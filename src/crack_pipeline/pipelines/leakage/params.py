"""Typed parameters of the ``leakage`` pipeline."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crack_pipeline.pipelines.trial_settings import ClassificationTrial, SegmentationTrial
from crack_pipeline.types import Task


class LeakageParams(BaseModel):
    """How a random split is compared with a group-safe one.

    Attributes:
        trials_path: Folder of the trials, relative to the project.
        test: Share of all photos that is measured on.
        validation: Share on which epoch and threshold are chosen.
        seeds: Number of divisions, and so of trivial models of each kind, on each split.
        network_seeds: Number of those on which a network is trained too.
        border_px: Width of the frame that the border's classifier sees.
        resamples: Draws of the bootstrap over groups.
        segmentation: What differs from a single training, for ``task: segmentation``.
        classification: The same for ``task: classification``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trials_path: Path
    test: float = Field(0.2, gt=0.0, lt=1.0)
    validation: float = Field(0.15, gt=0.0, lt=1.0)
    seeds: int = Field(3, ge=1)
    network_seeds: int = Field(1, ge=0)
    border_px: int = Field(10, ge=1)
    resamples: int = Field(1000, ge=100)
    segmentation: SegmentationTrial = SegmentationTrial()
    classification: ClassificationTrial = ClassificationTrial()

    @model_validator(mode="after")
    def _leave_something(self) -> Self:
        if self.test + self.validation >= 1.0:
            raise ValueError(
                f"test and validation must leave photos to learn from, received {self.test:g} and "
                f"{self.validation:g}"
            )
        if self.network_seeds > self.seeds:
            raise ValueError(
                f"network_seeds must be at most seeds={self.seeds}, received {self.network_seeds}"
            )
        return self

    def for_task(self, task: Task) -> SegmentationTrial | ClassificationTrial:
        """Changes of one task."""
        return self.segmentation if task == "segmentation" else self.classification
