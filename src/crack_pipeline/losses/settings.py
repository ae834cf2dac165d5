"""Parameters of each loss; readable without importing Keras."""

from pydantic import BaseModel, ConfigDict, Field

_STRICT = ConfigDict(extra="forbid", frozen=True)


class CrossEntropySettings(BaseModel):
    """Of ``binary_crossentropy``.

    Attributes:
        positive_weight: Weight of crack against background.
    """

    model_config = _STRICT

    positive_weight: float = Field(1.0, gt=0)


class FocalSettings(BaseModel):
    """Of ``focal``.

    Attributes:
        alpha: Weight of crack; background has 1 − alpha.
        gamma: How strongly what is predicted well already is discounted; 0 is cross-entropy.
    """

    model_config = _STRICT

    alpha: float = Field(0.25, gt=0, lt=1)
    gamma: float = Field(2.0, ge=0)


class DiceSettings(BaseModel):
    """Of ``dice``.

    Attributes:
        smooth: Added to numerator and denominator, in pixels.
    """

    model_config = _STRICT

    smooth: float = Field(1.0, gt=0)


class TverskySettings(BaseModel):
    """Of ``tversky``.

    Attributes:
        alpha: Weight of false alarms.
        beta: Weight of misses; above alpha favours recall.
        smooth: Added to numerator and denominator, in pixels.
    """

    model_config = _STRICT

    alpha: float = Field(0.3, ge=0, le=1)
    beta: float = Field(0.7, ge=0, le=1)
    smooth: float = Field(1.0, gt=0)


class FocalTverskySettings(TverskySettings):
    """Of ``focal_tversky``.

    Attributes:
        gamma: Power of one minus the Tversky index; below 1 strengthens what is nearly right.
    """

    gamma: float = Field(0.75, gt=0)


class SoftClDiceSettings(BaseModel):
    """Of ``soft_cldice``.

    Attributes:
        iterations: Erosions, at least half the width of the widest crack in px.
        downsample: Masks are reduced by this factor first: wide cracks need fewer erosions.
        smooth: Added to numerators and denominators, in pixels.
    """

    model_config = _STRICT

    iterations: int = Field(8, ge=1, le=100)
    downsample: int = Field(1, ge=1, le=8)
    smooth: float = Field(1.0, gt=0)


class SkeletonRecallSettings(BaseModel):
    """Of ``skeleton_recall``.

    Attributes:
        smooth: Added to numerator and denominator, in pixels.
    """

    model_config = _STRICT

    smooth: float = Field(1.0, gt=0)


class LossSettings(BaseModel):
    """Parameters of each loss, by its name.

    Attributes:
        binary_crossentropy: Its parameters.
        focal: Its parameters.
        dice: Its parameters.
        tversky: Its parameters.
        focal_tversky: Its parameters.
        soft_cldice: Its parameters.
        skeleton_recall: Its parameters.
    """

    model_config = _STRICT

    binary_crossentropy: CrossEntropySettings = CrossEntropySettings()
    focal: FocalSettings = FocalSettings()
    dice: DiceSettings = DiceSettings()
    tversky: TverskySettings = TverskySettings()
    focal_tversky: FocalTverskySettings = FocalTverskySettings()
    soft_cldice: SoftClDiceSettings = SoftClDiceSettings()
    skeleton_recall: SkeletonRecallSettings = SkeletonRecallSettings()
