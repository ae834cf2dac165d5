"""CSV that people open in a spreadsheet: no text becomes a formula, and what comes back is read."""

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from crack_pipeline.wording.suggestions import nearest_names

# OWASP, CSV injection: what begins so is taken for a formula, fullwidth signs by some spreadsheets.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\ufeff\u200b]*[=+\-@＝＋－＠])")
LINE_END = "\r\n"
"""With both signs at the end of lines, each of them is quoted within a cell."""
_SEPARATORS = ",;\t|"
_DECLARED = re.compile(r'"?sep=(.)', re.IGNORECASE)
_CONTROL = r"[\x00-\x08\x0e-\x1f]"
TRUE_WORDS = frozenset({"true", "wahr", "vrai", "vero", "verdadero"})
FALSE_WORDS = frozenset({"false", "falsch", "faux", "falso"})
"""What spreadsheets write for truth values in English, German, French, Italian and Spanish."""


def defuse(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    >>> defuse("=1+1"), defuse("'=1+1"), defuse("a=1"), defuse("'a'")
    ("'=1+1", "''=1+1", 'a=1', "'a'")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """Take away the apostrophe that ``defuse`` put before a text.

    >>> restore("'=1+1"), restore("''=1+1"), restore("=1+1"), restore("'a'")
    ('=1+1', "'=1+1", '=1+1', "'a'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def map_text(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Change each text in a table, its columns' names included; numbers stay.

    Args:
        table: Any table.
        change: ``defuse`` or ``restore``.
    """

    def change_text(value: object) -> object:
        return change(value) if isinstance(value, str) else value

    changed = table.copy()
    for name in table.select_dtypes(exclude=["number", "bool"]):
        changed[name] = table[name].map(change_text)
    return changed.rename(columns=change_text)


def write_sheet(table: pd.DataFrame, separator: str = ",") -> str:
    """Write a table as CSV that a spreadsheet may open.

    Args:
        table: Its index is not written.
        separator: Sign between cells.
    """
    text = map_text(table, defuse).to_csv(index=False, sep=separator, lineterminator=LINE_END)
    return str(text)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV as it was saved.

    Attributes:
        lines: Number of the line in the file, from 1, and its cells without blanks around them;
            empty lines are left out.
        separator: Sign between cells.
    """

    lines: list[tuple[int, list[str]]]
    separator: str


def read_sheet(path: Path) -> Sheet:
    """Read a CSV, however an editor or a spreadsheet has saved it.

    UTF-8, UTF-16 with its mark, or Windows-1252; comma, semicolon, tab or bar, or what a first line
    ``sep=;`` names; any ends of lines.

    Args:
        path: The file.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no text, or a quote is not closed.
    """
    text = _decode(path.read_bytes())
    first, second, *_ = [*re.split(r"\r\n|\r|\n", text, maxsplit=2), ""]
    declared = _DECLARED.match(first)
    names = second if declared else first
    separator = max(_SEPARATORS, key=names.count)
    if declared and declared[1] in names:
        separator = declared[1]
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=separator, strict=True, skipinitialspace=True)
    try:
        lines = [(reader.line_num, [restore(cell.strip()) for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error
    filled = [line for line in lines[bool(declared) :] if any(line[1])]
    return Sheet(filled, separator)


def _decode(content: bytes) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # In Windows-1252 nearly every byte is a letter: there a control character tells other files.
    known = [("utf-16", "\0")] if marked else [("utf-8-sig", "\0"), ("cp1252", _CONTROL)]
    for encoding, odd in known:
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if not re.search(odd, text):
                return text
    raise ValueError("no text in UTF-8, UTF-16 or Windows-1252, but a file of another kind")


_MONTHS = (
    *("jan ene gen", "feb fev fév", "mar mär mrz", "apr abr avr", "may mai mag"),
    *("jun juin giu", "jul juil lug", "aug ago aoû", "sep set", "oct okt ott", "nov"),
    "dec dez déc dic",
)
"""How months begin in English, German, French, Italian and Spanish."""
_MONTH_OF = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_MONTH = rf"(?:{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})[^\W\d_]*"
_DATE = re.compile(
    rf"\d{{1,4}}([-/.])\d{{1,4}}(\1\d{{1,4}})?|{_MONTH}[-/. ]?\d{{1,4}}|\d{{1,4}}[-/. ]?{_MONTH}"
)
_DAY_ZERO = date(1899, 12, 30)
_DAYS = range(18_264, 73_051)  # of the years 1950 to 2099


def may_have_become(original: str, written: str) -> bool:
    """True where a spreadsheet may have made one text of another.

    >>> may_have_become("003", "3"), may_have_become("9-2", "09. Feb"), may_have_become("a", "b")
    (True, True, False)
    """
    then, now = _as_number(original), _as_number(written)
    if then is not None and now is not None:
        tolerance = 5e-3 if "e" in written.lower() else 1e-9
        return math.isclose(then, now, rel_tol=tolerance)
    if _DATE.fullmatch(original.casefold()):
        if written.isdecimal() and int(written) in _DAYS:
            written = str(_DAY_ZERO + timedelta(int(written)))
        return _is_same_date(original, written)
    words = {original.casefold(), written.casefold()}
    return original.strip() == written or words <= TRUE_WORDS or words <= FALSE_WORDS


def _as_number(text: str) -> float | None:
    """A number as a spreadsheet reads it; brackets stand for a minus."""
    try:
        return float(re.sub(r"^\((\d+)\)$", r"-\1", text).replace(",", "."))
    except ValueError:
        return None


def _is_same_date(original: str, written: str) -> bool:
    """True where day and month, in either order, stand in both; a year may have come with them."""
    known, month_known = _read_date(original)
    told, month_told = _read_date(written)
    named = {month for month in (month_known, month_told) if month is not None}
    return (
        len(named) < 2
        and named <= set(known)
        and known.total() >= 2
        and known <= told
        and told.total() <= max(known.total(), 3)
    )


def _read_date(text: str) -> tuple[Counter[int], int | None]:
    """Numbers in a date, years by their last two digits, and the month if a word names it."""
    words = re.search(_MONTH, text.casefold())
    month = _MONTH_OF[next(filter(words[0].startswith, _MONTH_OF))] if words else None
    numbers = Counter(int(digits) % 100 for digits in re.findall(r"\d+", text))
    return numbers + Counter([month] if month else []), month


def likely_names(written: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """List at most n names that a text may have been before a spreadsheet or a slip changed it.

    >>> likely_names("3", ["003", "013", "13"])
    ['003']
    """
    names = list(known)
    changed = [name for name in names if may_have_become(name, written)]
    return changed[:n] or nearest_names(written, names, n=n)
