"""Flat tables of metrics: ``<split>_<metric>_<aggregation>`` → number.

``pooled`` adds the pixels of all photos up before rates are taken; ``mean`` averages the rates of
the photos. A metric that is undefined (an area under a curve with one class only) is left out.
"""

import math
from collections.abc import Mapping

from crack_pipeline.errors import ParameterError


def prefix_names(metrics: Mapping[str, float], prefix: str) -> dict[str, float]:
    """Put a prefix before each name, and leave out what is undefined.

    >>> prefix_names({"f1": 0.9, "auc": math.nan}, "test")
    {'test_f1': 0.9}
    """
    return {f"{prefix}_{name}": value for name, value in metrics.items() if not math.isnan(value)}


def join_metrics(*tables: Mapping[str, float]) -> dict[str, float]:
    """Put tables into one, where each name may stand once.

    Raises:
        ParameterError: If two tables hold one name: one of the values would be lost in silence.

    >>> join_metrics({"test_f1": 0.9}, {"test_auc": 0.8})
    {'test_f1': 0.9, 'test_auc': 0.8}
    """
    joined: dict[str, float] = {}
    for table in tables:
        twice = sorted(joined.keys() & table.keys())
        if twice:
            raise ParameterError(
                "Each metric must be computed in one place.",
                received=f"{', '.join(twice[:6])} twice",
                remedy="Take it out of one of the tables, or give it another name.",
            )
        joined |= table
    return joined
