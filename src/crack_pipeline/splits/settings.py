"""When photos count as duplicates, and how they are divided."""

import math

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crack_pipeline.types import Split


class DuplicateSettings(BaseModel):
    """When two photos count as near-duplicates: both conditions must hold.

    Attributes:
        max_hash_distance: Most differing bits of the 64-bit perceptual hashes.
        min_correlation: Least correlation of the photos' aligned details.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_hash_distance: int = Field(4, ge=0, le=12)
    min_correlation: float = Field(0.9, gt=0.0, le=1.0)


class SplitSettings(BaseModel):
    """Shares of the photos; where a source has an official test split, train and validation
    divide the rest in their proportion.

    Attributes:
        train: Share that the model learns from.
        validation: Share that epochs, thresholds and recipes are chosen on.
        test: Share that is measured at the end.
        seed: Changes which photos go where.
    """  # noqa: D205

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: float = Field(0.7, gt=0.0, lt=1.0)
    validation: float = Field(0.15, gt=0.0, lt=1.0)
    test: float = Field(0.15, gt=0.0, lt=1.0)
    seed: int = Field(0, ge=0)

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
