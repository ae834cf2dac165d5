"""The nearest right name for a misspelt one."""

import difflib
from collections.abc import Iterable

from crack_pipeline.errors import ParameterError


def suggest_name(name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Say what may have been meant, and what is known.

    Args:
        name: What was typed.
        known: The right names.
        prefix: Written before the nearest name, for instance ``training.``.

    Returns:
        One or two sentences.

    >>> suggest_name("unte", ["unet", "enet"])
    'Did you mean unet? Known: unet, enet.'
    """
    names = list(known)
    nearest = nearest_names(name, names, n=1)
    question = f"Did you mean {prefix}{nearest[0]}? " if nearest else ""
    return f"{question}Known: {', '.join(names) or 'none'}."


def require_known(
    name: str, known: Iterable[str], rule: str, *, received: str | None = None
) -> None:
    """Refuse a name that is none of the known ones.

    Args:
        name: What was typed.
        known: The right names.
        rule: What holds, for the message.
        received: What came, for the message; None for the name alone.

    Raises:
        ParameterError: If the name is unknown; it names the nearest known one.
    """
    names = list(known)
    if name not in names:
        raise ParameterError(rule, received=received or name, remedy=suggest_name(name, names))


def nearest_names(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """List at most n known names that a misspelt one resembles, the nearest first.

    >>> nearest_names("unte", ["unet", "mobilenet"])
    ['unet']
    """
    return difflib.get_close_matches(name, list(known), n=n)
