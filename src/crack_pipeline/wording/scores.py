"""One row of a table of scores: of the headline, of all protocols, of a comparison."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crack_pipeline.wording.metric_labels import Metric, capitalize, describe_metric
from crack_pipeline.wording.numbers import format_interval, format_number

_SPLIT = "test_"


@dataclass(frozen=True, slots=True)
class Score:
    """A metric that was measured.

    Attributes:
        name: As in ``metrics.json``, without the split.
        label: In words.
        value: On all photos; None where it is undefined.
        low: Lower bound of the 95 % interval over source photos; None where there is none.
        high: Upper bound; None with ``low``, unless the bound is one-sided.
        agreement: What repeated annotations of the same photos agree at; None where that is not
            known.
        note: Empty, or what limits the number.
        group: Of scores that belong together; empty in the headline.

    >>> score = Score("f1_pooled", "F1 (Dice), pooled", 0.85, 0.801, 0.887)
    >>> score.format()
    '0.850 (95 %: 0.801 to 0.887)'
    >>> Score.from_json(score.to_json()) == score
    True
    """

    name: str
    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    agreement: float | None = None
    note: str = ""
    group: str = ""

    @property
    def metric(self) -> Metric:
        """The metric's row of the table of metrics."""
        return describe_metric(self.name)

    @property
    def title(self) -> str:
        """The label with a capital."""
        return capitalize(self.label)

    @property
    def unit(self) -> str:
        """The unit that stands behind the value; empty where the label names it."""
        unit = self.metric.unit
        return "" if unit and unit in self.label else unit

    def format_value(self) -> str:
        """Write the value in its unit."""
        return format_number(self.value, self.unit)

    def format_interval(self) -> str:
        """Write the interval in its unit; empty where there is none."""
        return format_interval(self.low, self.high, self.unit)

    def format(self, level: str = "95 %: ") -> str:
        """Write the value, and in brackets its interval behind the words for its level."""
        interval = self.format_interval()
        return self.format_value() + (f" ({level}{interval})" if interval else "")

    def to_json(self) -> dict[str, Any]:
        """Write the score down as ``evaluation_report.json`` holds it; None for NaN."""
        bounds = {"value": self.value, "low": self.low, "high": self.high}
        numbers = {name: _known(number) for name, number in bounds.items()}
        words = {"name": self.name, "label": self.label, **numbers}
        if self.group:
            return {"group": self.group, **words, "note": self.note}
        return {**words, "agreement": self.agreement, "note": self.note}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Score":
        """Read a score of ``evaluation_report.json``, of this version or an earlier one."""
        name = str(row.get("name", "")).removeprefix(_SPLIT)
        return cls(
            name=name,
            label=str(row.get("label") or describe_metric(name).label),
            value=_number(row.get("value")),
            low=_number(row.get("low")),
            high=_number(row.get("high")),
            agreement=_number(row.get("agreement")),
            note=str(row.get("note") or ""),
            group=str(row.get("group") or ""),
        )


def read_scores(rows: Any) -> list[Score]:
    """Read a list of an evaluation report; empty where there is none.

    Args:
        rows: What stands under ``headline`` or ``protocols``.

    Returns:
        The scores, in their order.
    """
    given: Iterable[Any] = rows if isinstance(rows, list | tuple) else ()
    return [Score.from_json(row) for row in given if isinstance(row, Mapping)]


def list_notes(scores: Iterable[Score]) -> list[str]:
    """List the notes of scores, each once."""
    return [note for note in dict.fromkeys(score.note for score in scores) if note]


def _known(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
