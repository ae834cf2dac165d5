"""Find the mask or the annotation of a photo by its name; never by order or by a guess."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Unpack
from urllib.parse import unquote

from crack_pipeline.data_source import ListedImage, PhotoFacts
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
    join_id,
)

MASK_NAME_VARIANT = "mask_name_variant"
"""Noted where a mask has its photo's stem only after a stated change."""

MASK_WORDS = (
    *("mask", "masks", "label", "labels", "lab", "gt", "groundtruth", "ground_truth"),
    *("truth", "seg", "segmentation", "annotation"),
)
PHOTO_WORDS = ("image", "images", "img", "photo", "picture", "pic", "rgb", "original", "orig")
PREDICTION_WORDS = ("prediction", "predictions", "predicted", "predict", "pred", "prob", "output")
MASK_ENDINGS = tuple(sep + word for word in MASK_WORDS for sep in ("_", "-", " ", "."))
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
        have_equal_names = bool(self.masks) and self.images == self.masks
        if have_equal_names or len(self.images) == len(self.masks) == 1:
            return list(zip(self.images, self.masks, strict=True))
        return []


def group_by_stem(
    images: Iterable[str], masks: Iterable[str], image_words: Sequence[str] = PHOTO_WORDS
) -> tuple[list[StemGroup], list[str]]:
    """Put each mask to the images that have its stem.

    A mask belongs to the images with exactly its stem. Where there are none, to those with its
    stem after one of ``MASK_ENDINGS`` is cut off, or whose full name is its stem (``a.jpg.png``);
    where there are none either, to those whose stem is written otherwise (upper and lower case,
    composed and decomposed accents). A stem that is reached in such a way must be the only one.
    Where no mask finds its images so, but all masks or all images begin or end with one and the
    same word (``mask_1`` and ``img_1``, ``1_image`` and ``1_label``), these are cut off.

    Args:
        images: Names with suffix, and with the folder below the one of all images.
        masks: Likewise.
        image_words: What all images may begin or end with.

    Returns:
        Groups by ascending stem, and the masks that belong to no image.
    """
    groups: dict[str, StemGroup] = {}
    for name in sorted(images):
        stem = stem_of(name)
        groups.setdefault(stem, StemGroup(stem)).images.append(name)
    spelled: dict[str, list[str]] = defaultdict(list)
    for stem in groups:
        spelled[_plain(stem)].append(stem)
    full_names = {name: stem for stem, group in groups.items() for name in group.images}
    found = {name: _find_stem(stem_of(name), groups, full_names, spelled) for name in sorted(masks)}
    if not any(found.values()):
        by_word = match_by_word(groups, map(stem_of, found), image_words)
        found = {name: by_word.get(stem_of(name)) for name in found}
    strangers = []
    for name, partner in found.items():
        if partner is None:
            strangers.append(name)
            continue
        groups[partner].masks.append(name)
        if partner != stem_of(name):
            groups[partner].variants.add(name)
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


def match_by_word(
    images: Iterable[str], masks: Iterable[str], image_words: Sequence[str] = PHOTO_WORDS
) -> dict[str, str]:
    """Match stems of which one side, or each, begins or ends with one and the same word.

    Args:
        images: Stems with their folders.
        masks: Likewise.
        image_words: The words of images; those of masks are ``MASK_WORDS``.

    Returns:
        Mask's stem → image's stem; empty unless exactly one way to cut words leads to matches.
    """
    ways_of_images = _cut_words(list(images), image_words)
    ways_of_masks = _cut_words(list(masks), MASK_WORDS)
    ways = [
        {mask: of_images[rest] for rest, mask in of_masks.items() if rest in of_images}
        for of_masks in ways_of_masks
        for of_images in ways_of_images
    ]
    matching = [way for number, way in enumerate(ways) if way and way not in ways[:number]]
    return matching[0] if len(matching) == 1 else {}


def find_marked_masks(stems: set[str]) -> set[str]:
    """The stems of one folder that are masks by one word, each with an image among the others."""
    likely = [stem for stem in stems if any(word in stem.lower() for word in MASK_WORDS)]
    for pattern in _patterns(MASK_WORDS):
        marked = {stem for stem in likely if re.fullmatch(pattern, stem, re.IGNORECASE)}
        if marked and set(match_by_word(stems - marked, marked)) == marked:
            return marked
    return set()


def _patterns(words: Sequence[str]) -> list[str]:
    folder, rest = r"(?P<folder>(?:.*/)?)", r"(?P<rest>[^/]+)"
    before = [rf"{folder}{word}(?:[_. -]|(?=\d)){rest}" for word in words]
    return [*before, *(rf"{folder}{rest}[_. -]{word}" for word in words)]


def _cut_words(stems: Sequence[str], words: Sequence[str]) -> list[dict[str, str]]:
    """Ways to cut one word off all stems, or none: what is left → stem."""
    ways = [{_plain(stem): stem for stem in stems}]
    for pattern in _patterns(words):
        found = [re.fullmatch(pattern, stem, re.IGNORECASE) for stem in stems]
        ways.append({_plain(f"{m['folder']}{m['rest']}"): m.string for m in found if m})
    return [way for way in ways if len(way) == len(stems)]


def _find_stem(
    stem: str,
    groups: Mapping[str, StemGroup],
    full_names: Mapping[str, str],
    spelled: Mapping[str, list[str]],
) -> str | None:
    """The images' stem that a mask's stem means, itself or after a change such as a cut ending."""
    if stem in groups:
        return stem
    cut = cut_mask_ending(stem)
    candidates = [stem] if cut is None else [cut, stem]
    for candidate in candidates:
        if candidate in groups:
            return candidate
        if candidate in full_names:
            return full_names[candidate]
    for candidate in candidates:
        stems = spelled.get(_plain(candidate), [])
        if len(stems) == 1:
            return stems[0]
    return None


class PhotoFinder:
    """Finds photos by listed names, among those of the data set alone.

    A listed name may be a path of another machine or an address: only its last part must fit. Upper
    and lower case, composed and decomposed accents, and characters written as in addresses
    (``%20``) are told apart only where that is needed.

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

        Of several, those are kept that share most of the end of the listed path, but for spelling
        and then exactly; that lie below the annotation file's folder; that are of its split.

        Args:
            written: Name as the annotation file has it, a path or not.
            home: Folder of the annotation file, below the data set's folder.
            is_of_split: Whether a photo's path speaks of the annotation file's split.

        Returns:
            Names; one where it is clear which, none where there is no such photo.
        """
        # https://host/data/?d=photos%2Fa.jpg, or photos/a.jpg?token=1; the name as it stands first.
        address = unquote(written.rpartition("?d=")[2].partition("?")[0])
        for wanted in map(trim_name, (written, address, written.strip(), address.strip())):
            found = self._by_last.get(_plain(_last(wanted)), [])
            if found:
                break
        for fit in (
            lambda name: _count_shared(_plain(name), _plain(wanted)),
            lambda name: _count_shared(name, wanted),
            lambda name: not home or name.startswith(f"{home}/"),
            is_of_split,
        ):
            if len(found) > 1:
                best = max(map(fit, found))
                found = [name for name in found if fit(name) == best]
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


def _count_shared(name: str, wanted: str) -> int:
    """How many parts the ends of two paths share."""
    pairs = zip(reversed(name.split("/")), reversed(wanted.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", unquote(name)).casefold()


def pair_by_stem(
    images: Mapping[str, Path],
    masks: Mapping[str, Path],
    *,
    prefix: str = "",
    mask_prefix: str = "",
    **facts: Unpack[PhotoFacts],
) -> list[ListedImage]:
    """List photos with the files of their stems that hold their masks.

    Args:
        images: Name below the folder of photos → file.
        masks: Name below the folder of masks or annotations → file.
        prefix: What the ids of photos begin with; empty for nothing.
        mask_prefix: What the ids of left-over masks begin with.
        facts: What holds for all photos.

    Returns:
        One entry a photo, under its full name where its stem could mean another file, and one for
        each mask that belongs to none.
    """
    groups, strangers = group_by_stem(images, masks)
    ambiguous = {name for group in groups if len(group.images) > 1 for name in group.images}

    def list_photo(group: StemGroup, name: str, reason: str = "") -> ListedImage:
        is_alone = len(group.images) == 1 and group.stem not in ambiguous
        image_id = join_id(prefix, group.stem if is_alone else name)
        return ListedImage(image_id, images[name], reason=reason, **facts)

    def set_mask_aside(name: str, reason: str, *, known: bool) -> ListedImage:
        return ListedImage(
            join_id(mask_prefix, name),
            masks[name],
            mask_path=masks[name] if known else None,
            split=facts.get("split"),
            reason=reason,
            mask_format=facts.get("mask_format", "image"),
        )

    listed = []
    for group in groups:
        pairs = group.pairs()
        for image, mask in pairs:
            photo = list_photo(group, image)
            variant = MASK_NAME_VARIANT if mask in group.variants else ""
            noted = ";".join(filter(None, (photo.noted, variant)))
            listed.append(replace(photo, mask_path=masks[mask], noted=noted))
        if pairs:
            continue
        # Without its label file a photo has no crack: which of two is meant must be clear then.
        is_image = facts.get("mask_format", "image") == "image"
        if not group.masks and (is_image or len(group.images) == 1):
            listed += [list_photo(group, name, NO_MASK) for name in group.images]
            continue
        kind = TWO_IMAGES_WITH_ONE_STEM if len(group.images) > 1 else TWO_MASKS_WITH_ONE_STEM
        reason = f"{kind}: {join_id(prefix, group.stem)}"
        listed += [list_photo(group, name, reason) for name in group.images]
        listed += [set_mask_aside(name, reason, known=True) for name in group.masks]
    return listed + [set_mask_aside(name, NO_IMAGE, known=False) for name in strangers]
