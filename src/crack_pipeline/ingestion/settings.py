"""How files are checked in parallel."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ParallelSettings(BaseModel):
    """Worker processes for work that is done file by file.

    Attributes:
        backend: loky starts processes on this machine; dask hands the work to a Dask cluster.
        address: Of the cluster's scheduler, such as tcp://host:8786; None starts a cluster on this
            machine. Used by dask only.
        n_jobs: Processes; -1 is one a core. A cluster that runs already has its own number.
        min_files: Below this number of files no workers are started: that takes seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["loky", "dask"] = "loky"
    address: str | None = None
    n_jobs: int = Field(-1, ge=-1)
    min_files: int = Field(200, ge=0)

    @field_validator("n_jobs")
    @classmethod
    def _is_not_zero(cls, n_jobs: int) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs must be -1 (one a core) or at least 1, received 0")
        return n_jobs
