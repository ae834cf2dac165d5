"""Counts, lists and sentences in words."""

from collections.abc import Iterable, Sequence

_SHOWN = 3


def count_of(number: int, thing: str) -> str:
    """Write a number with its noun, which has a regular plural.

    >>> count_of(1, "photo"), count_of(2, "photo")
    ('1 photo', '2 photos')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def list_words(words: Sequence[str]) -> str:
    """Join words, at least one, with commas and an "and".

    >>> list_words(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def name_some(names: Sequence[str], most: int = _SHOWN) -> str:
    """Write the first few names, and how many more there are.

    >>> name_some(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = len(names) - most
    shown = ", ".join(names[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def as_sentence(text: str) -> str:
    """Begin a text with a capital and end it with a full stop.

    >>> as_sentence("few photos")
    'Few photos.'
    """
    stripped = text.strip()
    ending = "" if not stripped or stripped.endswith((".", "!", "?")) else "."
    return stripped[:1].upper() + stripped[1:] + ending


def group_remarks(notes: Iterable[tuple[str, str]]) -> list[str]:
    """Write each remark of several notes once, with the names that it is on unless it is on all.

    Args:
        notes: Name, and its remarks with "; " between them; a remark that begins with the name,
            or with the part before its colon, names itself.

    >>> group_remarks([("F1", "few groups; undefined in 2 draws"), ("AUC", "few groups")])
    ['Few groups.', 'F1: undefined in 2 draws.']
    >>> alike = "all bootstrap resamples give the same value"
    >>> group_remarks([("AUC", alike), ("recall", alike), ("F1", ""), ("a90: width", "a90: few")])
    ['AUC, recall: all bootstrap resamples give the same value.', 'a90: few.']
    """
    on, shared = _divide_remarks(notes)
    return [
        f"{remark}."
        if _names_itself(remark, of[0])
        else as_sentence(remark)
        if remark in shared
        else f"{name_some(of)}: {remark}."
        for remark, of in on.items()
    ]


def lift_remarks(notes: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Take the remarks that all of several notes share out of them.

    Args:
        notes: As for ``group_remarks``.

    Returns:
        Sentences of what is shared, none where there is one note only; the notes without it.

    >>> lift_remarks([("F1", "few groups; undefined in 2 draws"), ("AUC", "few groups")])
    (['Few groups.'], ['undefined in 2 draws', ''])
    """
    shared = _divide_remarks(notes)[1] if len(notes) > 1 else []
    kept = ([one for one in note.split("; ") if one not in shared] for _, note in notes)
    return [as_sentence(remark) for remark in shared], ["; ".join(one) for one in kept]


def _divide_remarks(notes: Iterable[tuple[str, str]]) -> tuple[dict[str, list[str]], list[str]]:
    """Names by remark, and the remarks that are on all names but those that have only their own."""
    names: set[str] = set()
    on: dict[str, list[str]] = {}
    for name, note in notes:
        remarks = list(filter(None, note.split("; ")))
        if not remarks or not all(_names_itself(remark, name) for remark in remarks):
            names.add(name)
        for remark in remarks:
            on.setdefault(remark, []).append(name)
    return on, [remark for remark, of in on.items() if len(of) == len(names)]


def _names_itself(remark: str, name: str) -> bool:
    """Say if a remark begins with the name, or with its beginning, and a colon.

    >>> _names_itself("distance: long", "distance, px"), _names_itself("a90/95: wide", "a90: width")
    (True, True)
    """
    head, colon, _ = remark.partition(":")
    return bool(colon) and (name.startswith(head) or head.startswith(name.partition(":")[0]))


def align_columns(rows: Sequence[Sequence[str]], *, gap: int = 3) -> str:
    """Lay rows out as text: the first column to the left, the others to the right.

    >>> print(align_columns([["photos", "unet", "black-hat"], ["F1", "0.81", "0.5"]]))
    photos   unet   black-hat
    F1       0.81         0.5
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append((" " * gap).join(cells).rstrip())
    return "\n".join(lines)
