"""When photos count as duplicates, and how they are divided."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from crack_pipeline.types import Split

MOST_FOLDS = 20


class DuplicateSettings(BaseModel):
    """When two photos count as near-duplicates: both conditions must hold.

    Attributes:
        max_hash_distance: Most differing bits of the 64-bit perceptual hashes.
        min_correlation: Least correlation of the photos' aligned details.
        flips: Whether a photo is also compared with the flipped and turned others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_hash_distance: int = Field(4, ge=0, le=12)
    min_correlation: float = Field(0.9, gt=0.0, le=1.0)
    flips: bool = True


class OverlapSettings(BaseModel):
    """When two photos count as overlapping crops of one photo.

    Attributes:
        search: ``auto`` searches where the source says that its images are crops.
        min_correlation: Least correlation of the shared part, without light and with even contrast.
        min_shared_share: Least area of the shared part, as a share of the smaller photo.
        min_votes: Least number of points that both photos show in the same places.
        scales: Sizes, as shares of the own size, at which a photo is compared with the others in
            theirs; the full size is always searched. For sources where a crop stands beside
            the shrunk photo that it is from: 0.84, 0.71, 0.59, 0.5, …
        max_points: Most points of one photo.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: Literal["auto", "always", "never"] = "auto"
    min_correlation: float = Field(0.75, gt=0.0, le=1.0)
    min_shared_share: float = Field(0.02, gt=0.0, le=1.0)
    min_votes: int = Field(2, ge=2, le=100)
    scales: tuple[Annotated[float, Field(ge=0.1, lt=1.0)], ...] = ()
    max_points: int = Field(2000, ge=10, le=32_000)


class SplitSettings(BaseModel):
    """Shares of the photos; where a source has an official test split, train and validation
    divide the rest in their proportion.

    Attributes:
        train: Share that the model learns from.
        validation: Share that epochs, thresholds and recipes are chosen on.
        test: Share that is measured at the end.
        seed: Changes which photos go where.
        folds: Parts of equal size that all photos outside test are divided into besides, for
            cross-validation; 0 for none.
    """  # noqa: D205

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: float = Field(0.7, gt=0.0, lt=1.0)
    validation: float = Field(0.15, gt=0.0, lt=1.0)
    test: float = Field(0.15, gt=0.0, lt=1.0)
    seed: int = Field(0, ge=0)
    folds: int = Field(0, ge=0, le=MOST_FOLDS)

    @field_validator("folds")
    @classmethod
    def _is_not_one(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("folds must be 0 (none) or at least 2, received 1")
        return folds

    @model_validator(mode="after")
    def _shares_add_up(self) -> "SplitSettings":
        total = self.train + self.validation + self.test
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(
                f"train, validation and test must add up to 1, received {total:g} "
                f"({self.train:g} + {self.validation:g} + {self.test:g})"
            )
        return self

    def share(self, split: Split) -> float:
        """The share of one split."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[split]
