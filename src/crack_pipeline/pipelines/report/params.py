"""Typed parameters of the ``report`` stage."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class ReportParams(BaseModel):
    """Where a run left what its report shows.

    Attributes:
        figures_path: Folder of its figures and of the scores of its explanations, relative to the
            project.
        model_path: File of the model; figures that are older than it are left out. Relative to the
            project.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    figures_path: Path
    model_path: Path
