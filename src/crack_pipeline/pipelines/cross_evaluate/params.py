"""Typed parameters of the ``cross_evaluate`` pipeline."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.errors import ParameterError
from crack_pipeline.tasks.other_photos import PhotosOfOthers


class CrossEvaluationParams(BaseModel):
    """On which data sets a model is measured besides its own.

    Attributes:
        datasets: Their names, a list or joined by ``+``.
        manifests_path: Folder that holds ``<name>/manifest.parquet``, relative to the project.
        photos: Their test photos alone, or all of them.
        most_photos: Most photos of each; None for no limit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    datasets: str | tuple[str, ...] | None = None
    manifests_path: Path
    photos: PhotosOfOthers = "test"
    most_photos: int | None = Field(None, ge=1)

    def names(self, own: str) -> list[str]:
        """The names of the other data sets.

        Args:
            own: The model's own data set, which is measured anyway.

        Returns:
            Names, each once.

        Raises:
            ParameterError: If there is none.
        """
        given = self.datasets.split("+") if isinstance(self.datasets, str) else self.datasets or ()
        names = [name for name in dict.fromkeys(part.strip() for part in given) if name]
        others = [name for name in names if name != own]
        if not others:
            raise ParameterError(
                "`cross_evaluate.datasets` must name a data set besides the model's own.",
                received=f"{self.datasets}; the model's own is {own}",
                remedy="--params=cross_evaluate.datasets=deepcrack+sample: names of folders in "
                f"{self.manifests_path}, written by `kedro run --pipeline=ingest --env=<name>`.",
            )
        return others
