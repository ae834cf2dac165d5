"""Typed parameters of the ``compare_runs`` pipeline."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.comparing.shared_photos import WhichPhotos
from crack_pipeline.errors import ParameterError


class CompareParams(BaseModel):
    """Which two runs are compared.

    Attributes:
        run_a: Id of an MLflow run, its first characters, its name, or the path of an
            ``evaluation_report.json`` or of a folder that holds one, relative to the project.
        run_b: Another one, which is subtracted.
        photos: ``same`` refuses runs that were measured on different test photos; ``shared``
            compares what they share.
        resamples: Draws of the bootstrap over source photos.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_a: str | None = None
    run_b: str | None = None
    photos: WhichPhotos = "same"
    resamples: int = Field(1000, ge=100)

    @field_validator("run_a", "run_b", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError(  # noqa: TRY004 - what pydantic turns into a message
                "an id that could be a number is read as one and loses digits: give the whole id, "
                "or the run's name"
            )
        return value

    def references(self) -> tuple[str, str]:
        """Both runs as they were given.

        Raises:
            ParameterError: If one of them is missing.
        """
        if not self.run_a or not self.run_b:
            raise ParameterError(
                "A comparison needs two runs.",
                received=f"no compare.{'run_b' if self.run_a else 'run_a'}",
                remedy="kedro run --pipeline=compare_runs --params=compare.run_a=<run>,"
                "compare.run_b=<run>; a run is its id, its name, or the path of an "
                "evaluation_report.json. `kedro mlflow ui` shows ids and names.",
            )
        return self.run_a, self.run_b
