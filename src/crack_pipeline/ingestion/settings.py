"""How files are checked in parallel."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ParallelSettings(BaseModel):
    """Worker processes for work that is done file by file.

    Attributes:
        n_jobs: Processes; -1 is one a core.
        min_files: Below this number of files no workers are started: that takes seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_jobs: int = Field(-1, ge=-1)
    min_files: int = Field(200, ge=0)

    @field_validator("n_jobs")
    @classmethod
    def _is_not_zero(cls, n_jobs: int) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs must be -1 (one a core) or at least 1, received 0")
        return n_jobs
