"""The nearest right name for a misspelt one."""

import difflib
from collections.abc import Iterable


def suggest_name(name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Say what may have been meant, and what is known.

    Args:
        name: What was typed.
        known: The right names.
        prefix: Written before the nearest name, for instance ``training.``.

    Returns:
        One or two sentences, "Did you mean unet? Known: unet, mobilenetv2_unet."
    """
    names = list(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    question = f"Did you mean {prefix}{nearest[0]}? " if nearest else ""
    return f"{question}Known: {', '.join(names)}."


def nearest_names(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """The known names that a misspelt one resembles.

    Args:
        name: What was typed.
        known: The right names, however many.
        n: At most so many.

    Returns:
        The nearest first; empty where none is near.
    """
    return difflib.get_close_matches(name, known if isinstance(known, list) else list(known), n=n)
