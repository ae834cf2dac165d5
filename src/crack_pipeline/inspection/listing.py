"""The photos of a prediction: every image in a folder and below it, by its path in the folder."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.sources.files import is_image_file, is_unread_photo, list_tree, names_below
from crack_pipeline.wording.phrases import count_of, name_some

RUN_FILE = "run.json"
"""Marks the folder of a prediction."""


@dataclass(frozen=True, slots=True)
class ListedPhotos:
    """Photos of a prediction, and the files beside them.

    Attributes:
        files: Path below the folder, such as "site 1/a.jpg", → file.
        unread: Names of photos, videos and scans of kinds that are not read, and of files whose
            name is no text.
        left_out: Suffix of other files → their number.
    """

    files: Mapping[str, Path]
    unread: tuple[str, ...]
    left_out: Mapping[str, int]


def list_photos(photos: Path, output: Path) -> ListedPhotos:
    """List the photos of a folder and of all its subfolders.

    Hidden files and folders, linked folders and results of earlier predictions are left out.

    Args:
        photos: The folder, or one photo.
        output: Where the prediction writes.

    Returns:
        The photos, by ascending name.

    Raises:
        ParameterError: If there is no such folder, or the output lies in it.
        SourceError: If it cannot be read, or holds no image.
    """
    if photos.is_file():
        return ListedPhotos({photos.name: photos}, (), {})
    if not photos.is_dir():
        raise ParameterError(
            "`prediction.photos` must be a folder of photos, or one photo.",
            received=f"nothing at {photos}",
            remedy="Correct the path; a relative one counts from where the command is run.",
        )
    _require_apart(photos, output)
    found = names_below(_list_files(photos), photos)
    images = {n: path for n, path in found.items() if is_image_file(path) and _is_text(n)}
    unread = [n for n, path in found.items() if is_unread_photo(path) or not _is_text(n)]
    others = [path for name, path in found.items() if name not in images and name not in unread]
    left_out = Counter(path.suffix.lower() or "no suffix" for path in others)
    if not images:
        raise _refuse_no_image(photos, unread, left_out)
    shown = [name.encode("utf-8", "backslashreplace").decode() for name in unread]
    return ListedPhotos(images, tuple(shown), left_out)


def _is_text(name: str) -> bool:
    """False for a name that was written on disk in an encoding of long ago."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_apart(photos: Path, output: Path) -> None:
    if output.resolve().is_relative_to(photos.resolve()):
        raise ParameterError(
            "Results are written outside of the folder of the photos: they would count as photos.",
            received=f"output {output} in {photos}",
            remedy="Name another folder with --out, or prediction.output.",
        )


def _list_files(photos: Path) -> list[Path]:
    try:
        files = list_tree(photos)
    except SourceError as error:
        raise SourceError(
            "The folder of photos must be readable, with its subfolders.",
            received=error.received,
            remedy="Give read permission, or name another folder.",
        ) from error
    results = {file.parent for file in files if file.name == RUN_FILE}
    return [file for file in files if results.isdisjoint(file.parents)]


def _refuse_no_image(
    photos: Path, unread: Sequence[str], left_out: Mapping[str, int]
) -> SourceError:
    others = [f"{count_of(n, 'file')} {suffix}" for suffix, n in left_out.items()]
    there = [*unread, *others]
    return SourceError(
        "A prediction needs at least one photo.",
        received=f"{photos}, {f'with {name_some(there)}' if there else 'which is empty'}",
        remedy="Export raw photos and videos as JPEG or PNG."
        if unread
        else "Name the folder that holds the photos.",
    )
