"""Turn parameters and metrics into the flat names and short values that a tracking store takes."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

LONGEST_VALUE = 500
_CUT = " … (cut)"


def flatten_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Flatten nested parameters.

    Args:
        values: Name → value; mappings and pydantic models at any depth.

    Returns:
        Dot-separated name → value as text, at most 500 characters, with a note where it was cut.
    """
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json")
        if isinstance(value, Mapping) and value:
            nested = flatten_parameters({f"{name}.{key}": item for key, item in value.items()})
            flat.update(nested)
        else:
            flat[clean_name(name)] = _shorten(str(value))
    return flat


def finite_metrics(values: Mapping[str, Any]) -> dict[str, float]:
    """Keep what a store can plot.

    Args:
        values: Name → anything.

    Returns:
        Name → number, without what is missing, not finite or no number.
    """
    return {
        clean_name(name): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def clean_name(name: str) -> str:
    """Replace what MLflow forbids in names."""
    return re.sub(r"[^\w.\-/ ]", "_", name)


def _shorten(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return text[: LONGEST_VALUE - len(_CUT)] + _CUT
