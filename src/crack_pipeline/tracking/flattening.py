"""Turn parameters and metrics into the flat names and short values that a tracking store takes."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

LONGEST_VALUE = 500
_CUT = " … (cut)"


def flatten(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Flatten nested parameters.

    Args:
        values: Name → value; mappings and pydantic models at any depth.

    Yields:
        Dot-separated names and their values.

    >>> dict(flatten({"training": {"segmentation": {"epochs": 3}}, "task": "segmentation"}))
    {'training.segmentation.epochs': 3, 'task': 'segmentation'}
    """
    for name, value in values.items():
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json")
        if isinstance(value, Mapping) and value:
            yield from flatten({f"{name}.{key}": item for key, item in value.items()})
        else:
            yield name, value


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


def shorten(text: str, longest: int = LONGEST_VALUE) -> str:
    """Cut what is too long for a store, with a note."""
    return text if len(text) <= longest else text[: longest - len(_CUT)] + _CUT
