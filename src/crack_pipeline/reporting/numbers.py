"""Numbers and names of metrics as people read them."""

import math
import re
from typing import Any

ABSENT = "–"
_THIN_SPACE = "\u202f"
_UNITS = {"px": "px", "mm": "mm", "s": "s", "m": "m"}
_RATES = {"px_per_megapixel": "px per megapixel", "m_per_m2": "m per m²"}
_WORDS = {
    "f1": "F1",
    "iou": "IoU",
    "miou": "mIoU",
    "cldice": "clDice",
    "cliou": "clIoU",
    "auc": "AUC",
    "roc": "ROC",
    "pr": "PR",
    "mcc": "MCC",
    "ece": "ECE",
    "ods": "ODS",
    "ois": "OIS",
    "hd95": "HD95",
    "dice": "Dice",
    "brier": "Brier score",
}


def format_number(value: Any, unit: str = "") -> str:
    """Write a value with three digits.

    Args:
        value: A number, a truth value, a text or None.
        unit: Put behind a number.

    Returns:
        Integers whole, with thin spaces between thousands; other numbers up to 1 with three
        decimals, larger ones with three significant digits; a dash for what is not known.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    text = _format_magnitude(value)
    return f"{text}\u00a0{unit}" if unit else text


def _format_magnitude(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if float(value).is_integer() and (isinstance(value, int) or abs(value) >= 100):
        text = f"{int(value):,}".replace(",", _THIN_SPACE)
    elif 0 < abs(value) < 0.001:
        text = f"{value:.1e}"
    elif abs(value) < 9.995:
        text = f"{value:.3f}" if abs(value) <= 1 else f"{value:.2f}"
    elif abs(value) < 99.95:
        text = f"{value:.1f}"
    else:
        text = f"{value:,.0f}".replace(",", _THIN_SPACE)
    return text.replace("-", "−") if text.startswith("-") else text


def format_interval(low: float | None, high: float | None, unit: str = "") -> str:
    """Write a 95 % interval.

    Args:
        low: Its lower end; None where it has none.
        high: Its upper end; None where there is no interval.
        unit: Put behind the upper end.

    Returns:
        ``0.801 to 0.887``, or ``up to 3.55``; empty where there is no interval.
    """
    if high is None:
        return ""
    if low is None:
        return f"up to {format_number(high, unit)}"
    return f"{format_number(low)} to {format_number(high, unit)}"


def format_threshold(value: float | None) -> str:
    """Write a threshold with up to three digits, as the figures do.

    Args:
        value: A probability; None where it is not known.

    Returns:
        ``0.47``; a dash where it is not known.
    """
    return ABSENT if value is None else f"{value:.3g}"


def format_duration(seconds: float) -> str:
    """Write a time span.

    Args:
        seconds: At least 0.

    Returns:
        The two largest units that it needs: ``48 s``, ``3 min 20 s``, ``2 h 5 min``.
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def split_unit(name: str) -> tuple[str, str]:
    """Divide the name of a number into what it is and its unit.

    Args:
        name: As in a report's JSON: ``bias_px``.

    Returns:
        The name without its unit, and the unit; the latter is empty where the name ends in none. A
        name that is a rate and nothing else stays whole.
    """
    for ending, unit in _RATES.items():
        if name.endswith(ending):
            return name.removesuffix(ending).rstrip("_") or name, unit
    stem, _, ending = name.rpartition("_")
    return (stem, _UNITS[ending]) if stem and ending in _UNITS else (name, "")


def describe_name(name: str) -> str:
    """Put the name of a number into words.

    Args:
        name: As in a report's JSON, without its unit: ``test_f1_tolerance_2px_pooled``.

    Returns:
        ``F1 tolerance 2 px pooled``.
    """
    bare = re.sub(r"^(test|validation)_", "", name).replace("a90_95", "a90/95")
    spaced = re.sub(r"(?<=\d)(px|mm)\b", r" \1", bare.replace("_", " "))
    words = [_WORDS.get(word, word) for word in spaced.split()]
    return capitalize(" ".join(words))


def capitalize(text: str) -> str:
    """Start a text with a capital, unless its first word is a symbol.

    Args:
        text: A label: ``crack IoU``, ``clDice``, ``a90``.

    Returns:
        ``Crack IoU``, ``clDice``, ``a90``.
    """
    first = re.split(r"[\s,:]", text, maxsplit=1)[0]
    is_symbol = first in _WORDS.values() or bool(re.match(r"[al]\d", first))
    return text if is_symbol else text[:1].upper() + text[1:]
