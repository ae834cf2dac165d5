"""Numbers as people read them: the same on the page, the screen and in figures.

A unit says how a number is written. ``%`` writes a share as percent; other units stand behind the
number; no unit is for scores and plain numbers.
"""

import math
from typing import Any

ABSENT = "–"
PERCENT = "%"
_THIN_SPACE = "\u202f"
_NO_BREAK = "\u00a0"
_UNITS = {"px": "px", "mm": "mm", "s": "s", "m": "m"}
_RATES = {"px_per_megapixel": "px per megapixel", "m_per_m2": "m per m²"}
_FRACTIONS = (
    (0.01, "one hundredth"),
    (0.02, "one fiftieth"),
    (0.05, "one twentieth"),
    (0.1, "one tenth"),
    (0.125, "one eighth"),
    (0.2, "one fifth"),
    (0.25, "one quarter"),
    (1 / 3, "one third"),
    (0.4, "two fifths"),
    (0.5, "half"),
    (0.6, "three fifths"),
    (2 / 3, "two thirds"),
    (0.75, "three quarters"),
    (0.8, "four fifths"),
    (0.9, "nine tenths"),
    (0.95, "nineteen twentieths"),
)


def format_number(value: Any, unit: str = "", *, signed: bool = False) -> str:
    r"""Write a value with three digits.

    Args:
        value: A number, a truth value, a text or None.
        unit: Put behind a number; ``%`` writes a share as percent.
        signed: Write the sign of a number that is above 0, too.

    Returns:
        Integers whole, with thin spaces between thousands; scores with three decimals; other
        numbers with three significant digits; a dash for what is not known.

    >>> format_number(0.84925), format_number(4.312, "px"), format_number(None)
    ('0.849', '4.31\xa0px', '–')
    >>> format_number(0.00059, "%"), format_number(0.5, "%"), format_number(0.012, signed=True)
    ('0.059\xa0%', '50\xa0%', '+0.012')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    text = _format_percent(100 * size) if unit == PERCENT else _format_magnitude(size)
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{text}{_NO_BREAK}{unit}" if unit else f"{sign}{text}"


def _format_magnitude(size: float) -> str:
    if math.isinf(size):
        return "∞"
    if float(size).is_integer() and (isinstance(size, int) or size >= 100):
        return f"{int(size):,}".replace(",", _THIN_SPACE)
    if 0 < size < 0.001:
        return _drop_zeros(size, 2)
    if size < 9.995:
        return f"{size:.3f}" if size <= 1 else f"{size:.2f}"
    return f"{size:.1f}" if size < 99.95 else f"{size:,.0f}".replace(",", _THIN_SPACE)


def _format_percent(size: float) -> str:
    if size == 0 or size >= 99.95:
        return f"{size:.0f}"
    return f"{size:.3g}" if size >= 1 else _drop_zeros(size, 2)


def _drop_zeros(size: float, digits: int) -> str:
    """Write a number below 1 with so many significant digits, never with an exponent."""
    places = digits - 1 - math.floor(math.log10(size))
    return f"{size:.{places}f}".rstrip("0")


def format_interval(
    low: float | None, high: float | None, unit: str = "", *, signed: bool = False
) -> str:
    r"""Write a 95 % interval.

    Args:
        low: Its lower end; None where it has none.
        high: Its upper end; None where there is no interval.
        unit: As ``format_number`` takes it; put behind the upper end alone.
        signed: As ``format_number`` takes it.

    Returns:
        Empty where there is no interval.

    >>> format_interval(0.801, 0.887), format_interval(None, 3.55, "px")
    ('0.801 to 0.887', 'up to 3.55\xa0px')
    >>> format_interval(0.00059, 0.003, "%")
    '0.059 to 0.3\xa0%'
    """
    if high is None:
        return ""
    upper = format_number(high, unit, signed=signed)
    if low is None:
        return f"up to {upper}"
    lower = format_number(low, unit, signed=signed).removesuffix(f"{_NO_BREAK}{unit}")
    return f"{lower} to {upper}"


def format_with_interval(
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str = "",
    *,
    signed: bool = False,
) -> str:
    """Write a number with its 95 % interval in brackets, where it has one.

    >>> format_with_interval(0.85, 0.801, 0.887)
    '0.850 (95 %: 0.801 to 0.887)'
    """
    interval = format_interval(low, high, unit, signed=signed)
    text = format_number(value, unit, signed=signed)
    return f"{text} (95 %: {interval})" if interval else text


def format_threshold(value: float | None) -> str:
    """Write a threshold with up to three digits; a dash where it is not known.

    >>> format_threshold(0.6), format_threshold(0.5021)
    ('0.6', '0.502')
    """
    return ABSENT if value is None else f"{value:.3g}"


def format_duration(seconds: float) -> str:
    """Write a time span, at least 0, in the two largest units that it needs.

    >>> format_duration(48), format_duration(200), format_duration(7500)
    ('48 s', '3 min 20 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def describe_fraction(share: float) -> str:
    """Write a share as the nearest plain fraction.

    >>> describe_fraction(0.21), describe_fraction(0.48), describe_fraction(0.002)
    ('one fifth', 'half', 'less than one hundredth')
    """
    if share <= 0 or share >= 1:
        return "none" if share <= 0 else "all"
    if not 0.0075 <= share <= 0.975:
        return "less than one hundredth" if share < 0.5 else "nearly all"

    def distance(of: tuple[float, str]) -> float:
        # On the scale of odds, 1 of 100 is as far from 1 of 50 as 98 of 100 from 99 of 100.
        return abs(math.log(share / (1 - share)) - math.log(of[0] / (1 - of[0])))

    return min(_FRACTIONS, key=distance)[1]


def split_unit(name: str) -> tuple[str, str]:
    """Divide the name of a number, as in a report's JSON, into what it is and its unit.

    A name that is a rate and nothing else stays whole; the unit is empty where there is none.

    >>> split_unit("bias_px"), split_unit("area_share"), split_unit("ece")
    (('bias', 'px'), ('area_share', '%'), ('ece', ''))
    """
    for ending, unit in _RATES.items():
        if name.endswith(ending):
            return name.removesuffix(ending).rstrip("_") or name, unit
    if name.endswith("_share"):
        return name, PERCENT
    stem, _, ending = name.rpartition("_")
    return (stem, _UNITS[ending]) if stem and ending in _UNITS else (name, "")
