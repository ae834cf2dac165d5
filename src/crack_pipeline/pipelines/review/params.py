"""Typed parameters of the ``review`` pipeline."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ReviewParams(BaseModel):
    """How doubtful labels are looked for, and where the user decides about them.

    Attributes:
        table_path: The CSV that the user edits, relative to the project.
        measurements_path: Where measurements of pairs are kept between runs, relative to the
            project.
        predictions_path: Folder of the data set's predictions out of fold, one subfolder a task,
            relative to the project.
        worst: How many photos to list and show that nobody has decided about.
        n_jobs: Worker processes; -1 is one a core.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table_path: Path
    measurements_path: Path
    predictions_path: Path
    worst: int = Field(24, ge=1, le=1000)
    n_jobs: int = Field(-1, ge=-1)

    @field_validator("n_jobs")
    @classmethod
    def _is_not_zero(cls, n_jobs: int) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs must be -1 (one a core) or at least 1, received 0")
        return n_jobs
