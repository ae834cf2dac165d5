"""What could not be seen on a photo: its detection limit, in sentences."""

import math
from dataclasses import dataclass

from crack_pipeline.measure.centreline import UNIT_PX
from crack_pipeline.measure.scale import Scale, to_mm
from crack_pipeline.prediction.measurement import FalseMarks, MeasurementRecord
from crack_pipeline.wording.numbers import format_number
from crack_pipeline.wording.phrases import as_sentence, count_of

MIN_LENGTH_PX = float(UNIT_PX)
"""Shorter marks are counted, and not listed as cracks: the limit speaks of pieces so long."""

_NOT_EVALUATED = "the model's folder says nothing of its test photos"


@dataclass(frozen=True, slots=True)
class DetectionLimit:
    """From which width on cracks are found in nine of ten cases, with 95 % confidence.

    Attributes:
        width_px: Width in px; None where it is not known.
        width_mm: Width in mm; None where it is not known or the scale is not.
        note: Why it is not known; empty where it is.
    """

    width_px: float | None
    width_mm: float | None
    note: str


def find_limit(
    record: MeasurementRecord | None, *, sharpness: float, scale: Scale
) -> DetectionLimit:
    """Find the detection limit of one photo.

    Args:
        record: What is known of the model; None where nothing is.
        sharpness: Of the photo, from :func:`crack_pipeline.images.sharpness.measure_sharpness`.
        scale: Of the photo.

    Returns:
        The limit that the test photos gave; none, with the reason, where they do not stand for
        this photo.

    >>> record = MeasurementRecord(threshold=0.5, a90_95_px=3.0, sharpness_p5=0.8)
    >>> find_limit(record, sharpness=1.2, scale=Scale(0.5)).width_mm
    1.5
    >>> find_limit(record, sharpness=0.6, scale=Scale(0.5)).note
    'the photo is blurred: its sharpness is 0.600, and 95 % of the test photos have 0.800 or more'
    """
    note = _refuse_limit(record, sharpness)
    width_px = None if record is None or note else record.a90_95_px
    return DetectionLimit(width_px, to_mm(width_px, scale.mm_per_px), note)


def _refuse_limit(record: MeasurementRecord | None, sharpness: float) -> str:
    """Why a model's limit does not hold for a photo; empty where it does."""
    if record is None:
        return _NOT_EVALUATED
    if record.a90_95_px is None:
        return record.a90_95_note or _NOT_EVALUATED
    if record.drawn_whole:
        return "the model was evaluated on photos that a program drew whole"
    if record.sharpness_p5 is not None and sharpness < record.sharpness_p5:
        return (
            f"the photo is blurred: its sharpness is {format_number(sharpness)}, and 95 % of the "
            f"test photos have {format_number(record.sharpness_p5)} or more"
        )
    return ""


def describe_photo(
    limit: DetectionLimit,
    record: MeasurementRecord | None,
    *,
    cracks: int,
    doubtful_cracks: int = 0,
    specks: int = 0,
    scale: Scale,
    limit_mm: float | None = None,
    unlike: str = "",
) -> str:
    """Say what is marked on a photo and what may have been missed.

    Args:
        limit: Of this photo.
        record: What is known of the model; None where nothing is.
        cracks: Number of cracks marked.
        doubtful_cracks: Number of these that are doubtful.
        specks: Number of further marks, too short to be listed.
        scale: Of the photo.
        limit_mm: Width of crack that must be found, in mm; None where nothing is asked.
        unlike: In what the photo is unlike those of the training; empty for in nothing.

    Returns:
        Sentences.

    >>> record = MeasurementRecord(threshold=0.5, a90_95_px=3.0, test_set="DeepCrack")
    >>> scale = Scale(0.5)
    >>> limit = find_limit(record, sharpness=1.2, scale=scale)
    >>> words = describe_photo(limit, record, cracks=0, scale=scale, limit_mm=0.25)
    >>> for sentence in words.split(". "): print(sentence)
    No crack marked
    In photos like those of the test set (DeepCrack), pieces 20 px long of cracks of 1.50 mm \
and wider are found in 9 of 10 cases (95 % confidence); false marks: not known
    Cracks of 0.25 mm: not decidable, needs ≤ 0.083 mm per px.
    """
    counted = say_unlike(unlike) + _say_cracks(cracks, doubtful_cracks, specks)
    sentences = [counted, _say_limit(limit, record)]
    if limit_mm is not None:
        sentences.append(_say_required(limit, limit_mm, scale))
    return " ".join(sentences)


def say_unlike(unlike: str) -> str:
    """Warn of a photo that is unlike those of the training; nothing where it is like them.

    >>> say_unlike("it is darker")
    'Unlike the training photos: it is darker. Do not rely on what is found. '
    """
    return unlike and f"Unlike the training photos: {unlike}. Do not rely on what is found. "


def _say_cracks(cracks: int, doubtful: int, specks: int) -> str:
    which = f"{doubtful} of them " if doubtful < cracks else "all " * (cracks > 1)
    ending = f", {which}doubtful or cut by the border" if doubtful else ""
    ending += f", and {count_of(specks, 'mark')} too short to be listed" if specks else ""
    return f"{count_of(cracks, 'crack') if cracks else 'No crack'} marked{ending}."


def _say_limit(limit: DetectionLimit, record: MeasurementRecord | None) -> str:
    if record is None or limit.width_px is None:
        return as_sentence(f"Detection limit not known for this photo: {limit.note}")
    return (
        f"In photos like those of the test set ({_name_test_set(record)}), pieces {UNIT_PX} px "
        f"long of cracks of {_write_width(limit)} and wider are found in 9 of 10 cases "
        f"(95 % confidence); {_say_false_marks(record.false_marks)}."
    )


def _name_test_set(record: MeasurementRecord) -> str:
    name = record.test_set or "without a name"
    return f"{name}, on composites: cracks drawn onto real surfaces" if record.composites else name


def _write_width(limit: DetectionLimit) -> str:
    width, unit = (limit.width_px, "px") if limit.width_mm is None else (limit.width_mm, "mm")
    return f"{format_number(width)} {unit}"


def _say_false_marks(false_marks: FalseMarks | None) -> str:
    if false_marks is None:
        return "false marks: not known"
    if not false_marks.marked:
        return f"on crack-free photos ({false_marks.dataset}) there is none in {false_marks.photos}"
    share = f"{100 * false_marks.rate:.3g}"
    return f"on crack-free photos ({false_marks.dataset}) there is one in {share} of 100"


def _say_required(limit: DetectionLimit, limit_mm: float, scale: Scale) -> str:
    cracks = f"Cracks of {limit_mm:g} mm"
    if limit.width_px is None:
        return f"{cracks}: not decidable, since the detection limit is not known."
    if limit.width_mm is not None and limit.width_mm <= limit_mm:
        return f"{cracks}: decidable."
    missing = "no scale is given; " if scale.mm_per_px is None else ""
    needed = f"{missing}needs ≤ {_round_down(limit_mm / limit.width_px):g} mm per px"
    return f"{cracks}: not decidable, {needed}."


def _round_down(value: float) -> float:
    """To two digits."""
    places = 1 - math.floor(math.log10(value))
    return math.floor(value * 10.0**places + 1e-9) / 10.0**places
