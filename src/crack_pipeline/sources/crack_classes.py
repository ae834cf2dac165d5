"""Tell by their names which classes of an annotated data set are cracks."""

import re
from collections.abc import Hashable, Mapping
from typing import TypeVar

from crack_pipeline.errors import LayoutError

Key = TypeVar("Key", bound=Hashable)

_CRACK = re.compile(r"crack|fissur|fractur|grieta|rachadura|trinca|crepa|裂")
_NOT_CRACK = re.compile(
    r"(?<![a-z])(no|non|not|un|without)[\W_]*(a[\W_]+)?(crack|fissur)|(crack|fissur)[a-z]*[\W_]*free"
)
_NAMED = 8


def is_crack_name(name: str) -> bool:
    """Whether a class's name speaks of cracks, and not of their absence.

    Args:
        name: Such as ``Longitudinal Crack``, ``cracks`` or ``no-crack``.
    """
    plain = name.casefold()
    return bool(_CRACK.search(plain)) and not _NOT_CRACK.search(plain)


def choose_crack_classes(names: Mapping[Key, str], where: str) -> frozenset[Key]:
    """Choose the classes that are cracks: those named so, or the only one there is.

    Args:
        names: Number of a class → its name.
        where: The file that names them, for the message.

    Returns:
        Their numbers, at least one.

    Raises:
        LayoutError: If there are several and none is named so.
    """
    chosen = frozenset(key for key, name in names.items() if is_crack_name(name))
    if chosen:
        return chosen
    if len(names) == 1:
        return frozenset(names)
    listed = ", ".join(list(names.values())[:_NAMED]) or "none"
    raise LayoutError(
        "One class at least must be called crack.",
        received=f"{where} with {listed}",
        remedy="Rename the class there, for instance to crack, or name another data set.",
    )
