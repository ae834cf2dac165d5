"""Give the rows of a CSV of labels to the photos that they name."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crack_pipeline.errors import SourceError
from crack_pipeline.sources.files import NO_IMAGE, NO_MASK, names_below
from crack_pipeline.sources.labels_csv import LabelRow
from crack_pipeline.sources.listing import ListedImage
from crack_pipeline.sources.pairing import stem_of
from crack_pipeline.wording.suggestions import nearest_names

NOT_IN_LABELS = "not_in_labels_csv"
"""Noted where the CSV has no row for a photo, whose label is then unknown."""

_NAMED = 5


def find_masks(rows: Iterable[LabelRow], folders: Sequence[Path]) -> dict[str, Path]:
    """Find the masks that rows name.

    Args:
        rows: Rows of the CSV.
        folders: Where masks may lie: the photos' folder first, and the one of the CSV.

    Returns:
        Name in the CSV → file, without those that are nowhere. A mask may be called like its photo;
        the photo itself is not taken for it.
    """
    images_of: dict[str, set[str]] = {}
    for row in rows:
        if row.mask is not None:
            images_of.setdefault(row.mask, set()).add(row.image)
    found = {name: _find_mask(name, images, folders) for name, images in images_of.items()}
    return {name: place for name, place in found.items() if place is not None}


def _find_mask(name: str, images: Iterable[str], folders: Sequence[Path]) -> Path | None:
    """Find a mask that the rows of these images name."""
    own = {folders[0] / _as_path(image) for image in images}
    places = (folder / _as_path(name) for folder in folders)
    files = [place for place in places if _is_file(place) and not _is_any(place, own)]
    # "a" with the mask "a.png": a photo a.png is meant by "a" if the mask lies elsewhere.
    return min(files, key=lambda file: file.with_suffix("") in own, default=None)


def _is_any(file: Path, others: Iterable[Path]) -> bool:
    return any(_is_file(other) and file.samefile(other) for other in others)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long is that of no file
        return False


def _as_path(name: str) -> str:
    return name.replace("\\", "/")


def apply_labels(
    photos: Sequence[ListedImage],
    rows: Sequence[LabelRow],
    *,
    folder: Path,
    masks: Mapping[str, Path],
) -> list[ListedImage]:
    """Give each photo what its row says.

    Args:
        photos: Photos of the folder, and other files.
        rows: Rows of the CSV.
        folder: The photos' folder.
        masks: Name of a mask in the CSV → file.

    Returns:
        The photos; a mask that a row names is no entry of its own. A photo without row has no
        label, and says so in ``noted``.

    Raises:
        SourceError: If a row names no photo or several, or two rows of one photo contradict each
            other.
    """
    named = set(masks.values())
    listed = [photo for photo in photos if photo.image_path not in named]
    row_of = _match_rows(rows, _Names.of(listed, folder))
    return [_apply(photo, row_of.get(photo.image_id), masks) for photo in listed]


@dataclass(frozen=True, slots=True)
class _Names:
    """The names under which a row may mean a photo."""

    exact: Mapping[str, set[str]]
    """Id, path below the folder with and without suffix → ids."""
    short: Mapping[str, set[str]]
    """File name with and without suffix → ids."""

    @classmethod
    def of(cls, photos: Sequence[ListedImage], folder: Path) -> "_Names":
        """The names of photos in or below a folder."""
        exact: dict[str, set[str]] = {}
        short: dict[str, set[str]] = {}
        paths = names_below((photo.image_path for photo in photos), folder)
        for photo, path in zip(photos, paths, strict=True):
            file = path.rpartition("/")[2]
            for name in (photo.image_id, path, stem_of(path)):
                exact.setdefault(_plain(name), set()).add(photo.image_id)
            for name in (file, stem_of(file)):
                short.setdefault(_plain(name), set()).add(photo.image_id)
        return cls(exact, short)

    def find(self, name: str) -> set[str]:
        """Ids of the photos that a name may mean."""
        plain = _plain(_as_path(name).removeprefix("./"))
        return self.exact.get(plain) or self.short.get(plain) or set()


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _match_rows(rows: Sequence[LabelRow], names: _Names) -> dict[str, LabelRow]:
    """Id → its row."""
    row_of: dict[str, LabelRow] = {}
    unknown = []
    for row in rows:
        ids = names.find(row.image)
        if len(ids) > 1:
            raise _refuse_row(
                f"{row.image} in line {row.line} means {' and '.join(sorted(ids)[:_NAMED])}",
                "Write the path below the folder, with its suffix.",
            )
        if not ids:
            unknown.append(row)
            continue
        before = row_of.setdefault(next(iter(ids)), row)
        if replace(before, line=0, image="") != replace(row, line=0, image=""):
            raise _refuse_row(
                f"lines {before.line} and {row.line} differ on {row.image}",
                "Keep the right one.",
            )
    if unknown:
        raise _refuse_unknown(unknown, names)
    return row_of


def _refuse_unknown(unknown: Sequence[LabelRow], names: _Names) -> SourceError:
    first = ", ".join(f"{row.image} (line {row.line})" for row in unknown[:_NAMED])
    known = [*names.exact, *names.short]
    near = {row.image: nearest_names(row.image, known, n=1) for row in unknown[:_NAMED]}
    meant = "; ".join(f"{name}: {nearest[0]}" for name, nearest in near.items() if nearest)
    return _refuse_row(
        f"{len(unknown)} that are not there: {first}{', …' if len(unknown) > _NAMED else ''}",
        (f"Did you mean {meant}? " if meant else "")
        + "Correct the names, add the photos, or remove the lines.",
    )


def _apply(photo: ListedImage, row: LabelRow | None, masks: Mapping[str, Path]) -> ListedImage:
    if row is None:
        noted = ";".join(filter(None, (photo.noted, "" if photo.reason else NOT_IN_LABELS)))
        return replace(photo, noted=noted)
    labelled = replace(
        photo,
        label=photo.label if row.label is None else row.label,
        split=row.split or photo.split,
        photo_id=row.photo_id or photo.photo_id,
    )
    if row.mask is None:
        return labelled
    if row.mask not in masks:
        return replace(
            labelled, mask_path=None, reason=f"{NO_MASK}: {_say_missing(photo, row.mask)}"
        )
    kind = photo.reason.partition(":")[0]
    reason = "" if kind in (NO_MASK, NO_IMAGE) else photo.reason
    return replace(labelled, mask_path=masks[row.mask], reason=reason)


def _say_missing(photo: ListedImage, mask: str) -> str:
    if photo.image_path.as_posix().endswith(f"/{_as_path(mask).removeprefix('./')}"):
        return f"there is no {mask} but the photo itself"
    return f"{mask} is not there"


def _refuse_row(received: str, remedy: str) -> SourceError:
    return SourceError(
        "Each line of the CSV of labels must mean one photo, and no two of them otherwise.",
        received=received,
        remedy=remedy,
    )
