"""A loss as users write it, a weighted sum of names, and the parameters of each."""

import re
from dataclasses import dataclass

from pydantic import BaseModel, Field

from crack_pipeline.errors import ParameterError
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task
from crack_pipeline.wording.suggestions import suggest_name


class CrossEntropySettings(BaseModel, extra="forbid", frozen=True):
    """Of ``binary_crossentropy``.

    Attributes:
        positive_weight: Weight of crack against background.
    """

    positive_weight: float = Field(1.0, gt=0)


class FocalSettings(BaseModel, extra="forbid", frozen=True):
    """Of ``focal``.

    Attributes:
        alpha: Weight of crack; background has 1 − alpha.
        gamma: How strongly what is predicted well already is discounted; 0 is cross-entropy.
    """

    alpha: float = Field(0.25, gt=0, lt=1)
    gamma: float = Field(2.0, ge=0)


class DiceSettings(BaseModel, extra="forbid", frozen=True):
    """Of ``dice``.

    Attributes:
        smooth: Added to numerator and denominator, in pixels.
    """

    smooth: float = Field(1.0, gt=0)


class TverskySettings(BaseModel, extra="forbid", frozen=True):
    """Of ``tversky``.

    Attributes:
        alpha: Weight of false alarms.
        beta: Weight of misses; above alpha favours recall.
        smooth: Added to numerator and denominator, in pixels.
    """

    alpha: float = Field(0.3, ge=0, le=1)
    beta: float = Field(0.7, ge=0, le=1)
    smooth: float = Field(1.0, gt=0)


class FocalTverskySettings(TverskySettings):
    """Of ``focal_tversky``.

    Attributes:
        gamma: Power of one minus the Tversky index; below 1 strengthens what is nearly right.
    """

    gamma: float = Field(0.75, gt=0)


class SoftClDiceSettings(BaseModel, extra="forbid", frozen=True):
    """Of ``soft_cldice``.

    Attributes:
        iterations: Erosions, at least half the width of the widest crack in px.
        downsample: Masks are reduced by this factor first: wide cracks need fewer erosions.
        smooth: Added to numerators and denominators, in pixels.
    """

    iterations: int = Field(8, ge=1, le=100)
    downsample: int = Field(1, ge=1, le=8)
    smooth: float = Field(1.0, gt=0)


class SkeletonRecallSettings(BaseModel, extra="forbid", frozen=True):
    """Of ``skeleton_recall``.

    Attributes:
        smooth: Added to numerator and denominator, in pixels.
    """

    smooth: float = Field(1.0, gt=0)


class LossSettings(BaseModel, extra="forbid", frozen=True):
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

    binary_crossentropy: CrossEntropySettings = CrossEntropySettings()
    focal: FocalSettings = FocalSettings()
    dice: DiceSettings = DiceSettings()
    tversky: TverskySettings = TverskySettings()
    focal_tversky: FocalTverskySettings = FocalTverskySettings()
    soft_cldice: SoftClDiceSettings = SoftClDiceSettings()
    skeleton_recall: SkeletonRecallSettings = SkeletonRecallSettings()


LOSS_NAMES = tuple(LossSettings.model_fields)
"""Losses that a formula may sum."""

ALIASES = {"bce_dice": "binary_crossentropy + dice"}
"""Short names of usual sums."""

_MASKS_ONLY = ("soft_cldice", "skeleton_recall")
_TERM = re.compile(r"(?:(?P<weight>\d+(?:\.\d*)?(?:e-?\d+)?|\.\d+)\s*\*\s*)?(?P<name>[A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class LossTerm:
    """One summand.

    Attributes:
        name: A name of ``LOSS_NAMES``.
        weight: Its weight, > 0.
    """

    name: str
    weight: float


def parse_loss(text: str) -> tuple[LossTerm, ...]:
    """Read a formula such as ``binary_crossentropy + dice + 0.5 * soft_cldice``.

    Args:
        text: Names of losses, each maybe with a weight before it, joined by ``+``.

    Returns:
        The summands, in order.

    Raises:
        ParameterError: If it is no such sum, a name is unknown or comes twice, or a weight is 0.
    """
    terms = tuple(_parse_term(part, text) for part in _expand(text).split("+"))
    names = [term.name for term in terms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _malformed(text, f"{', '.join(twice)} comes twice: put its weights together")
    return terms


def needs_skeleton(text: str) -> bool:
    """True where a formula needs the skeleton of each mask as a second target."""
    return any(term.name == "skeleton_recall" for term in parse_loss(text))


def require_loss_fits(task: Task, text: str) -> None:
    """Check that a loss can be computed from the targets of a task.

    Args:
        task: What is trained.
        text: A formula.

    Raises:
        ParameterError: If it needs the shape of masks and the task has none.
    """
    unfit = [term.name for term in parse_loss(text) if term.name in _MASKS_ONLY]
    truth = task_spec(task).truth
    if unfit and truth != "masks":
        raise ParameterError(
            f"A loss of a {task} must be computable from {truth}.",
            received=f"training.{task}.loss: {text}; {', '.join(unfit)} compares skeletons",
            remedy="Use binary_crossentropy or focal.",
        )


def _expand(text: str) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda match: ALIASES.get(match[0], match[0]), text)


def _parse_term(part: str, text: str) -> LossTerm:
    match = _TERM.fullmatch(part.strip())
    if match is None:
        raise _malformed(text, f"{part.strip() or 'nothing'!r} is no name with a weight before it")
    name, weight = match["name"], float(match["weight"] or 1.0)
    if name not in LOSS_NAMES:
        raise ParameterError(
            "A loss must be a sum of known losses.",
            received=f"{name!r} in {text!r}",
            remedy=suggest_name(name, (*LOSS_NAMES, *ALIASES)),
        )
    if weight <= 0:
        raise _malformed(text, f"the weight of {name} is {weight:g}: leave it out instead")
    return LossTerm(name, weight)


def _malformed(text: str, problem: str) -> ParameterError:
    return ParameterError(
        "A loss must be a weighted sum such as `binary_crossentropy + 0.5 * dice`.",
        received=f"{text!r}: {problem}",
        remedy=f"Use names of: {', '.join(LOSS_NAMES)}; positive weights; and + between them.",
    )
