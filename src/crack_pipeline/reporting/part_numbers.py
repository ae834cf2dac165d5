"""Numbers of one part of an evaluation, whatever they are called, as facts and tables."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from crack_pipeline.reporting.blocks import Cell, Fact, Table
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_interval, format_number, split_unit

_LOW, _HIGH = "_low", "_high"
_SENTENCES = ("sentence", "note", "reason", "definition", "method")
_MOST_ROWS = 40
_NO_WORDS: Mapping[str, str] = {}


def list_facts(
    numbers: Mapping[str, Any],
    words: Mapping[str, str] = _NO_WORDS,
    *,
    without: Container[str] = (),
) -> tuple[Fact, ...]:
    """Write the numbers of a part as facts.

    A number ``x`` with ``x_low`` and ``x_high`` beside it, or a block of ``value``, ``low`` and
    ``high``, becomes one fact with its interval. Lists are no facts: they are curves. What is not
    known (None) is left out.

    Args:
        numbers: A block of ``evaluation_report.json``; blocks in it are taken apart.
        words: Name without its unit → label; other names are put into words.
        without: Names without their unit that are left out.

    Returns:
        One fact a number or text, in the order of the block.
    """
    facts: list[Fact] = []
    for name, value in numbers.items():
        if value is None or name in _SENTENCES or _is_end_of_interval(name, numbers):
            continue
        if split_unit(name)[0] in without:
            continue
        if isinstance(value, Mapping):
            facts.extend(_facts_of_block(name, value, words))
        elif isinstance(value, str | int | float):
            facts.append(_fact(name, value, _interval_of(name, numbers), words))
    return tuple(facts)


def list_sentences(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences of a part.

    Args:
        numbers: A block of ``evaluation_report.json``.

    Returns:
        What stands under ``sentence``, ``note``, ``reason``, ``definition`` or ``method``, each as
        a sentence.
    """
    texts = [numbers[name] for name in _SENTENCES if isinstance(numbers.get(name), str)]
    return tuple(_as_sentence(text) for text in texts if text.strip())


def list_tables(
    numbers: Mapping[str, Any], words: Mapping[str, str] = _NO_WORDS, *, caption: str
) -> tuple[Table, ...]:
    """Write the lists of records of a part as tables.

    Args:
        numbers: A block of ``evaluation_report.json``.
        words: Name without its unit → label; other names are put into words.
        caption: Of the part; the list's name follows it.

    Returns:
        One table a list of records; a list that is longer than forty records is left out, as a
        figure shows it.
    """
    return tuple(
        tabulate(value, words, caption=f"{caption}: {describe_name(name).lower()}")
        for name, value in numbers.items()
        if _is_records(value)
    )


def tabulate(
    records: Sequence[Mapping[str, Any]],
    words: Mapping[str, str] = _NO_WORDS,
    *,
    caption: str,
) -> Table:
    """Write records as a table.

    Args:
        records: At least one; columns are the keys of all of them.
        words: Name without its unit → label; other names are put into words.
        caption: Of the table.

    Returns:
        The table; units stand in the header.
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = tuple(
        tuple(Cell(format_number(record.get(name))) for name in names) for record in records
    )
    return Table(caption, tuple(_header(name, words) for name in names), rows)


def _header(name: str, words: Mapping[str, str]) -> str:
    stem, unit = split_unit(name)
    label = _label(stem, words)
    return f"{label} ({unit})" if unit else label


def _label(stem: str, words: Mapping[str, str]) -> str:
    return words.get(stem) or describe_name(stem)


def _facts_of_block(name: str, block: Mapping[str, Any], words: Mapping[str, str]) -> list[Fact]:
    if "value" in block:
        return [_fact(name, block["value"], (block.get("low"), block.get("high")), words)]
    title = _label(name, words)
    return [Fact(f"{title}: {fact.label}", fact.text) for fact in list_facts(block, words)]


def _fact(
    name: str,
    value: Any,
    ends: tuple[float | None, float | None],
    words: Mapping[str, str],
) -> Fact:
    stem, unit = split_unit(name)
    interval = format_interval(*ends, unit)
    text = format_number(value, unit)
    return Fact(_label(stem, words), f"{text} (95 %: {interval})" if interval else text)


def _interval_of(name: str, numbers: Mapping[str, Any]) -> tuple[float | None, float | None]:
    stem, unit = split_unit(name)
    for base, ending in ((name, ""), (stem, f"_{unit}")):
        low, high = (numbers.get(f"{base}{end}{ending}") for end in (_LOW, _HIGH))
        if low is not None and high is not None:
            return low, high
    return None, None


def _is_end_of_interval(name: str, numbers: Mapping[str, Any]) -> bool:
    stem, unit = split_unit(name)
    for end in (_LOW, _HIGH):
        if stem.endswith(end):
            base = stem.removesuffix(end)
            return base in numbers or f"{base}_{unit}" in numbers
    return False


def _is_records(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= _MOST_ROWS
        and all(isinstance(item, Mapping) for item in value)
    )


def _as_sentence(text: str) -> str:
    stripped = text.strip()
    ending = "" if stripped.endswith((".", "!", "?")) else "."
    return stripped[0].upper() + stripped[1:] + ending
