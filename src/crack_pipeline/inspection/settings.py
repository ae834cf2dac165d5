"""Typed parameters of a prediction: what is predicted, with which model, at which scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.errors import ParameterError
from crack_pipeline.images.reading import MAX_MEGAPIXELS
from crack_pipeline.inspection.familiarity import PredictionScale
from crack_pipeline.inspection.limits import MIN_LENGTH_PX
from crack_pipeline.measure.network import MAX_GAP_PX
from crack_pipeline.prediction.model_info import read_record
from crack_pipeline.types import UserPath

NEWEST = "newest"
"""The model that the project trained last for its data set and task."""

DEFAULT_SCALE_ERROR = 0.03

_NOT_DECIDING = {"photos", "model", "output", "metadata", "checks", "track"}
"""Parameters that do not change what is found in a photo; the model is known by its digest."""


class PredictionParams(BaseModel):
    """Photos, the model that looks at them, and the scale of their figures.

    Attributes:
        photos: Folder of photos, with its subfolders, or one photo; relative to the working
            directory.
        mm_per_px: Size of a pixel on the surface in mm; None gives figures in px.
        scale: ``native`` predicts a photo as it is; ``auto`` at the size at which it is most like
            the training photos.
        scale_error: Half-width of the 95 % interval of ``mm_per_px``, as a share of it.
        limit_mm: Width in mm that decides; photos that cannot show it are named. None for none.
        model: ``newest``, ``starter``, the folder of a model, or the id of a run of MLflow.
        output: Folder that is written; None for one that is named like the photos' folder.
        measure: Whether cracks are measured; else masks alone are written.
        probabilities: Whether probabilities are written too, as PNG of 16 bits.
        max_gap_px: Longest gap between two aligned ends that is bridged.
        min_length_px: Shorter marks are counted, and not listed as cracks.
        metadata: CSV keyed by photo whose columns go into the tables; None for none.
        checks: CSV of crack-gauge readings: photo, x, y, width_mm; None for none.
        track: Whether the prediction is recorded as a run of MLflow.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    photos: UserPath | None = None
    mm_per_px: float | None = Field(None, gt=0, allow_inf_nan=False)
    scale: PredictionScale = "native"
    scale_error: float = Field(DEFAULT_SCALE_ERROR, ge=0, lt=1)
    limit_mm: float | None = Field(None, gt=0, allow_inf_nan=False)
    model: str = NEWEST
    output: UserPath | None = None
    measure: bool = True
    probabilities: bool = False
    max_gap_px: float = Field(MAX_GAP_PX, ge=0, allow_inf_nan=False)
    min_length_px: float = Field(MIN_LENGTH_PX, ge=0, allow_inf_nan=False)
    metadata: UserPath | None = None
    checks: UserPath | None = None
    track: bool = True

    def resolve(
        self, results: Path, *, max_megapixels: float = MAX_MEGAPIXELS
    ) -> "PredictionSettings":
        """Settle where photos are read and results are written.

        Args:
            results: Folder in which a folder is made for these photos, where ``output`` names none.
            max_megapixels: Larger photos are refused before they are decoded.

        Raises:
            ParameterError: If no photos are named.
        """
        if self.photos is None:
            raise ParameterError(
                "A prediction needs a folder of photos, or one photo.",
                received="no prediction.photos",
                remedy="kedro predict <folder> --mm-per-px=<size of a pixel in mm>",
            )
        photos = self.photos.resolve()
        output = self.output or results / f"{photos.name or 'photos'}_cracks"
        return PredictionSettings(self, photos, output.absolute(), max_megapixels)


def read_params(given: Mapping[str, Any]) -> PredictionParams:
    """Check parameters that a program or a command gives.

    Raises:
        ParameterError: If one is unknown, or out of its range.
    """
    rule = "The settings of a prediction must be known, and in their ranges."
    remedy = "docs/reference/parameters.md lists them; so does `crack-pipeline predict --help`."
    return read_record(PredictionParams, given, rule=rule, remedy=remedy)


@dataclass(frozen=True, slots=True)
class PredictionSettings:
    """A prediction, ready to run.

    Attributes:
        params: Its parameters.
        photos: Folder of photos, or one photo.
        output: Folder that is written.
        max_megapixels: Larger photos are refused before they are decoded.
    """

    params: PredictionParams
    photos: Path
    output: Path
    max_megapixels: float

    @property
    def deciding(self) -> dict[str, Any]:
        """The parameters that decide what is found in a photo."""
        return self.params.model_dump(mode="json", exclude=_NOT_DECIDING)
