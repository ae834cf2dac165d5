"""Words for numbers and lists."""

from collections.abc import Sequence


def count_of(number: int, thing: str) -> str:
    """A number with its noun.

    Args:
        number: How many.
        thing: What, in the singular, with a regular plural.

    Returns:
        "1 photo", "2 photos".
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def list_words(words: Sequence[str]) -> str:
    """Words with commas and an "and".

    Args:
        words: At least one.

    Returns:
        "a, b and c".
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
