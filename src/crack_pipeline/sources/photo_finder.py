"""Find the photo that a name in an annotation file means."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable


class PhotoFinder:
    """Finds photos by listed names, among those of the data set alone.

    A listed name may be a path of another machine: only its last part must fit. Upper and lower
    case, and composed and decomposed accents, are told apart only where that is needed.

    Args:
        names: Paths of the photos below the data set's folder.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self._by_last[_plain(_last(name))].append(name)

    def find(
        self, written: str, *, home: str, is_of_split: Callable[[str], bool]
    ) -> tuple[str, ...]:
        """Find the photos that may be meant.

        Of several, those are kept that end exactly like the listed path, or but for spelling; that
        lie below the annotation file's folder; that are of its split.

        Args:
            written: Name as the annotation file has it, a path or not.
            home: Folder of the annotation file, below the data set's folder.
            is_of_split: Whether a photo's path speaks of the annotation file's split.

        Returns:
            Names; one where it is clear which, none where there is no such photo.
        """
        wanted = trim_name(written)
        found = self._by_last.get(_plain(_last(wanted)), [])
        for fits in (
            lambda name: f"/{name}".endswith(f"/{wanted}"),
            lambda name: _plain(f"/{name}").endswith(_plain(f"/{wanted}")),
            lambda name: not home or name.startswith(f"{home}/"),
            is_of_split,
        ):
            if len(found) > 1:
                found = [name for name in found if fits(name)] or found
        return tuple(found)


def trim_name(written: str) -> str:
    r"""A listed name as a path below some folder: what leads upwards is dropped.

    Args:
        written: ``..\photos\a.jpg``, ``/home/me/a.jpg`` or ``a.jpg``.

    Returns:
        ``photos/a.jpg``, ``home/me/a.jpg``, ``a.jpg``.
    """
    parts = written.replace("\\", "/").split("/")
    start = max((index + 1 for index, part in enumerate(parts) if part in ("..", "")), default=0)
    return "/".join(part for part in parts[start:] if part != ".")


def is_spelled_otherwise(written: str, name: str) -> bool:
    """Whether a listed name's last part differs from the photo's own.

    Args:
        written: As the annotation file has it.
        name: Of the photo that was found.
    """
    return _last(trim_name(written)) != _last(name)


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
