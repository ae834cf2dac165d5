"""With which tolerance the pixels of a report were counted."""

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"(?:test_)?f1_tolerance_(\d+)px_pooled")


def find_tolerance(report: Mapping[str, Any]) -> int | None:
    """Read the tolerance off the names of a report's headline.

    Args:
        report: Content of ``evaluation_report.json``.

    Returns:
        Distance in px; None where the report names none, as those of labels.
    """
    for row in report.get("headline") or ():
        named = _NAME.fullmatch(str(row.get("name", "")))
        if named:
            return int(named.group(1))
    return None
