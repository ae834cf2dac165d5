"""Typed parameters of the ``score`` pipeline."""

import math
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.errors import ParameterError
from crack_pipeline.scoring.maps import ScaleChoice
from crack_pipeline.scoring.pairing import Unpaired
from crack_pipeline.types import UserPath


class ScoringParams(BaseModel):
    """Predictions, the masks that they are measured against, and how.

    Attributes:
        predictions: Folder of masks or probability maps, relative to the project.
        masks: Folder of the true masks.
        threshold: From which probability on a pixel is crack: one of 0.00, 0.01, …, 1.00.
        scale: The value that means certain crack, such as 1, 100, 255 or 65535; ``auto`` tells it
            from all predictions.
        unpaired: ``refuse`` where a file has no partner or several, or ``skip`` and report it.
        photo_id_pattern: Regular expression that finds the source photo in a file's name; None
            takes each file for a photo of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    predictions: UserPath | None = None
    masks: UserPath | None = None
    threshold: float = Field(0.5, ge=0, le=1)
    scale: ScaleChoice = "auto"
    unpaired: Unpaired = "refuse"
    photo_id_pattern: str | None = None

    # Read here and not by its type, of which pydantic would report each part as a fault of its own.
    @field_validator("scale", mode="plain")
    @classmethod
    def _read_scale(cls, value: object) -> ScaleChoice:
        if value == "auto":
            return "auto"
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value < math.inf
        ):
            raise ValueError("must be auto, or the value that means certain crack, above 0")
        return float(value)

    def folders(self) -> tuple[Path, Path]:
        """Both folders.

        Raises:
            ParameterError: If one of them is missing.
        """
        if self.predictions is None or self.masks is None:
            missing = "predictions" if self.predictions is None else "masks"
            raise ParameterError(
                "Scoring needs a folder of predictions and one of true masks.",
                received=f"no scoring.{missing}",
                remedy="kedro run --pipeline=score --params=scoring.predictions=<folder>,"
                "scoring.masks=<folder>",
            )
        return self.predictions, self.masks
