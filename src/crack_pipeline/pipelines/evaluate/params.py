"""Typed parameters of the ``evaluate`` stage."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.types import Task


class CrackFreeParams(BaseModel):
    """Photos without crack of another data set, for false alarms of a segmentation.

    Attributes:
        dataset: Name of that data set, ingested before; None measures none.
        manifests_path: Folder that holds ``<name>/manifest.parquet``, relative to the project.
        photos: Most photos, drawn with a fixed seed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str | None = None
    manifests_path: Path = Path("data/02_intermediate")
    photos: int = Field(200, ge=1)


class EvaluationParams(BaseModel):
    """How a model is measured, by task.

    Attributes:
        segmentation: For ``task: segmentation``.
        classification: For ``task: classification``.
        crack_free: Photos without crack of another data set.
        audit: From when on the result is doubtful.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segmentation: SegmentationEvaluation = SegmentationEvaluation()
    classification: ClassificationEvaluation = ClassificationEvaluation()
    crack_free: CrackFreeParams = CrackFreeParams()
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
