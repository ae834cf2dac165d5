"""Find the mask or the annotation of a photo by its name; never by order or by a guess."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
)
from crack_pipeline.sources.source import ListedImage
from crack_pipeline.types import MaskFormat, Split

MASK_NAME_VARIANT = "mask_name_variant"
"""Noted where a mask has its photo's stem only after a stated change."""

MASK_ENDINGS = tuple(
    sep + word
    for word in (
        *("mask", "masks", "label", "labels", "lab", "gt", "groundtruth", "ground_truth"),
        *("truth", "seg", "segmentation", "annotation"),
    )
    for sep in ("_", "-", " ", ".")
)
"""Endings that a mask's stem may have after its photo's, in upper or lower case."""


@dataclass(slots=True)
class StemGroup:
    """The files that have one stem.

    Attributes:
        stem: The images' stem, with their folder.
        images: Names of images, by ascending name.
        masks: Names of masks, by ascending name.
        variants: Those of the masks that have the stem only after a change.
    """

    stem: str
    images: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    variants: set[str] = field(default_factory=set)

    def pairs(self) -> list[tuple[str, str]]:
        """Image and mask of each pair; empty where there is none, or more than one is possible.

        Several images with one stem are told apart by their full names (``1.jpg`` and ``1.png``
        with the masks ``1.jpg`` and ``1.png``), if that leaves no file over.
        """
        if len(self.images) == len(self.masks) == 1:
            return [(self.images[0], self.masks[0])]
        return list(zip(self.images, self.masks, strict=True)) if self._share_full_names() else []

    def _share_full_names(self) -> bool:
        return bool(self.masks) and self.images == self.masks


def group_by_stem(images: Iterable[str], masks: Iterable[str]) -> tuple[list[StemGroup], list[str]]:
    """Put each mask to the images that have its stem.

    A mask belongs to the images with exactly its stem. Where there are none, to those with its
    stem after one of ``MASK_ENDINGS`` is cut off, or whose full name is its stem (``a.jpg.png``);
    where there are none either, to those whose stem is written otherwise (upper and lower case,
    composed and decomposed accents). A stem that is reached in such a way must be the only one.

    Args:
        images: Names with suffix, and with the folder below the one of all images.
        masks: Likewise.

    Returns:
        Groups by ascending stem, and the masks that belong to no image.
    """
    groups: dict[str, StemGroup] = {}
    for name in sorted(images):
        stem = stem_of(name)
        groups.setdefault(stem, StemGroup(stem)).images.append(name)
    finder = _StemFinder.of(groups)
    strangers = []
    for name in sorted(masks):
        found, is_variant = finder.find(stem_of(name))
        if found is None:
            strangers.append(name)
            continue
        groups[found].masks.append(name)
        if is_variant:
            groups[found].variants.add(name)
    return [groups[stem] for stem in sorted(groups)], strangers


def stem_of(name: str) -> str:
    """A name without its suffix, with its folder; ``.jpg`` alone is no suffix.

    Args:
        name: "site 1/a.JPG".

    Returns:
        "site 1/a".
    """
    folder, slash, file = name.rpartition("/")
    stem, dot, _ = file.rpartition(".")
    return f"{folder}{slash}{stem}" if dot and stem else name


def cut_mask_ending(stem: str) -> str | None:
    """A mask's stem without the ending that says it is a mask.

    Args:
        stem: "a_mask".

    Returns:
        "a"; None where it has no such ending.
    """
    lower = stem.lower()
    ending = next((ending for ending in MASK_ENDINGS if lower.endswith(ending)), None)
    if ending is None or stem[: -len(ending)].endswith("/") or len(stem) == len(ending):
        return None
    return stem[: -len(ending)]


@dataclass(frozen=True, slots=True)
class _StemFinder:
    """Finds the images' stem that a mask's stem means."""

    exact: Mapping[str, StemGroup]
    spelled: Mapping[str, list[str]]
    full_names: Mapping[str, str]

    @classmethod
    def of(cls, groups: Mapping[str, StemGroup]) -> "_StemFinder":
        spelled: dict[str, list[str]] = {}
        for stem in groups:
            spelled.setdefault(_plain_spelling(stem), []).append(stem)
        full_names = {name: stem for stem, group in groups.items() for name in group.images}
        return cls(groups, spelled, full_names)

    def find(self, stem: str) -> tuple[str | None, bool]:
        """The images' stem, and whether it was reached by a change."""
        if stem in self.exact:
            return stem, False
        cut = cut_mask_ending(stem)
        candidates = [stem] if cut is None else [cut, stem]
        for candidate in candidates:
            if candidate in self.exact:
                return candidate, True
            if candidate in self.full_names:
                return self.full_names[candidate], True
        for candidate in candidates:
            stems = self.spelled.get(_plain_spelling(candidate), [])
            if len(stems) == 1:
                return stems[0], True
        return None, False


def _plain_spelling(stem: str) -> str:
    return unicodedata.normalize("NFC", stem).casefold()


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
    """True where the last part of a listed name differs from the photo's own name.

    Args:
        written: As the annotation file has it.
        name: Of the photo that was found.
    """
    return _last(trim_name(written)) != _last(name)


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@dataclass(frozen=True, slots=True)
class AnnotatedPhotos:
    """Photos, their annotation files, and what holds for all of them.

    Attributes:
        images: Name below the folder of photos → file.
        annotations: Name below the folder of annotation files → file.
        mask_format: What the annotation files are.
        annotation: What travels with each photo beside its file.
        prefix: What the ids of photos begin with; empty for nothing.
        annotation_prefix: What the ids of left-over annotation files begin with.
        split: Official split of all photos.
    """

    images: Mapping[str, Path]
    annotations: Mapping[str, Path]
    mask_format: MaskFormat
    annotation: str = ""
    prefix: str = ""
    annotation_prefix: str = ""
    split: Split | None = None


def list_annotated(photos: AnnotatedPhotos) -> list[ListedImage]:
    """List photos with the annotation files of their stems.

    Args:
        photos: Both kinds of files.

    Returns:
        One entry a photo, and one for each annotation file that belongs to none.
    """
    groups, strangers = group_by_stem(photos.images, photos.annotations)
    listed = [entry for group in groups for entry in _list_group(photos, group)]
    return listed + [_aside(photos, name, NO_IMAGE) for name in strangers]


def join_id(prefix: str, name: str) -> str:
    """An id from its parts.

    Args:
        prefix: May be empty.
        name: The rest.
    """
    return f"{prefix}/{name}" if prefix else name


def _list_group(photos: AnnotatedPhotos, group: StemGroup) -> list[ListedImage]:
    pairs = group.pairs()
    if pairs:
        return [_pair(photos, group, image, mask) for image, mask in pairs]
    if not group.masks and len(group.images) == 1:
        return [_photo(photos, group, group.images[0], NO_MASK)]
    kind = TWO_IMAGES_WITH_ONE_STEM if len(group.images) > 1 else TWO_MASKS_WITH_ONE_STEM
    reason = f"{kind}: {join_id(photos.prefix, group.stem)}"
    return [_photo(photos, group, name, reason) for name in group.images] + [
        replace(_aside(photos, name, reason), mask_path=photos.annotations[name])
        for name in group.masks
    ]


def _pair(photos: AnnotatedPhotos, group: StemGroup, image: str, mask: str) -> ListedImage:
    photo = _photo(photos, group, image, "")
    noted = MASK_NAME_VARIANT if mask in group.variants else ""
    return replace(photo, mask_path=photos.annotations[mask], noted=noted)


def _photo(photos: AnnotatedPhotos, group: StemGroup, name: str, reason: str) -> ListedImage:
    return ListedImage(
        join_id(photos.prefix, group.stem if len(group.images) == 1 else name),
        photos.images[name],
        split=photos.split,
        reason=reason,
        mask_format=photos.mask_format,
        annotation=photos.annotation,
    )


def _aside(photos: AnnotatedPhotos, name: str, reason: str) -> ListedImage:
    return ListedImage(
        join_id(photos.annotation_prefix, name),
        photos.annotations[name],
        split=photos.split,
        reason=reason,
        mask_format=photos.mask_format,
    )
