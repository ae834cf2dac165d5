"""Find the mask of each photo by its name; never by order, and never by a guess."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
"""What may follow the photo's stem in its mask's, in any case."""


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
