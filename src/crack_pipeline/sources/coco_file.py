"""Read a COCO instance file: its photos, its classes, and the outlines of cracks."""

import json
import math
import re
import reprlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.masks.coco import find_farthest
from crack_pipeline.masks.run_lengths import read_whole_number
from crack_pipeline.sources.files import ANNOTATION_OF_NO_PHOTO
from crack_pipeline.wording.phrases import name_some

Key = TypeVar("Key", bound=Hashable)

_CRACK = re.compile(r"crack|fissur|fractur|grieta|rachadura|trinca|crepa|裂")
_NOT_CRACK = re.compile(
    r"(?<![a-z])(no|non|not|un|without)[\W_]*(a[\W_]+)?(crack|fissur)|(crack|fissur)[a-z]*[\W_]*free"
)
_CRACK_NAMED = 8


def is_crack_name(name: str) -> bool:
    """True where a class's name means cracks, and not their absence.

    Args:
        name: Such as ``Longitudinal Crack``, ``cracks`` or ``no-crack``.
    """
    plain = name.casefold()
    return bool(_CRACK.search(plain)) and not _NOT_CRACK.search(plain)


def choose_crack_classes(names: Mapping[Key, str], where: str) -> frozenset[Key]:
    """Choose the classes that are cracks: those named so, or the only one, if not "no crack".

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
    if len(names) == 1 and not any(map(_NOT_CRACK.search, map(str.casefold, names.values()))):
        return frozenset(names)
    listed = ", ".join(list(names.values())[:_CRACK_NAMED]) or "none"
    raise LayoutError(
        "One class at least must be called crack.",
        received=f"{where} with {listed}",
        remedy="Rename the class there, for instance to crack, or name another data set.",
    )


_NAMED = 3
_KEYS_NAMED = 8
_LONGEST_PX = 1_000_000
_PERCENT = 100
_LEAST_CHANCE = 1e-6


@dataclass(slots=True)
class CocoPhoto:
    """One photo that a file lists.

    Attributes:
        file_name: As it stands there.
        width_px: None where the file states no size, or none that is one.
        height_px: Likewise.
        odd_size: What stands there instead of a size; empty where it can be used.
        is_repeated: Its id, or its name, stands there more than once.
        segmentations: What outlines its cracks, one entry an annotation.
        n_other: Annotations of classes that are no cracks.
        unknown_categories: Categories of its annotations that the file does not list.
    """

    file_name: str
    width_px: int | None = None
    height_px: int | None = None
    odd_size: str = ""
    is_repeated: bool = False
    segmentations: list[object] = field(default_factory=list)
    n_other: int = 0
    unknown_categories: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CocoFile:
    """Content of one annotation file.

    Attributes:
        photos: In its order.
        faults: What belongs to no photo, with how much of it there is.
        left_over: Annotations that may be cracks of any photo, as none here has their number;
            empty for none.
    """

    photos: list[CocoPhoto]
    faults: list[str]
    left_over: str


def read_coco_file(path: Path) -> CocoFile | None:
    """Read a file whole.

    Args:
        path: A JSON file.

    Returns:
        Its photos; None if it is JSON of another kind.

    Raises:
        LayoutError: If it is no JSON, as when a download broke off, names no category as crack, or
            none of the photos that its annotations are of.
        SourceError: If it cannot be read.
    """
    content = _load(path)
    if not isinstance(content, dict):
        return None
    images, annotations, categories = (
        content.get(key) for key in ("images", "annotations", "categories")
    )
    if not (isinstance(images, list) and isinstance(annotations, list)):
        return None
    if not isinstance(categories, list) or not categories:
        return None
    by_id, n_unnamed = _read_images(images)
    used = Counter(_read_id(_get(annotation, "category_id")) for annotation in annotations)
    names = _read_categories(categories, used, path)
    crack = choose_crack_classes(names, str(path)) if names else frozenset()
    orphans = _hand_out(annotations, by_id, frozenset(names), crack)
    photos = [photo for same in by_id.values() for photo in same]
    faults = [f"entry without id or file name: {n_unnamed}"] if n_unnamed else []
    if orphans:
        faults.append(f"{ANNOTATION_OF_NO_PHOTO}: {_count(orphans)}")
    others = frozenset(names) - crack
    doubtful = Counter({key: n for key, n in orphans.items() if key[1] not in others})
    if doubtful and not photos:
        raise LayoutError(
            "A COCO file must list the photos of its annotations.",
            received=f"{path} with no photo and annotations: {_count(doubtful)}",
            remedy="List them there, or put the annotations into the file that lists them.",
        )
    if _are_percent(photos):
        raise LayoutError(
            "Coordinates of a COCO file are pixels.",
            received=f"{path} with no coordinate beyond 100, as percent of the photos' sides have",
            remedy="Multiply x by width / 100 and y by height / 100, or export pixels.",
        )
    return CocoFile(photos, faults, _count(doubtful) if doubtful else "")


def _are_percent(photos: Iterable[CocoPhoto]) -> bool:
    """True where all outlines lie within 100 px of the corner: too near for points put anywhere."""
    drawn = [photo for photo in photos if photo.segmentations]
    areas = [(photo.width_px or 1) * (photo.height_px or 1) for photo in drawn]
    if math.prod(min(1, _PERCENT**2 / area) for area in areas) > _LEAST_CHANCE:
        return False
    farthest = 0.0
    for segmentation in chain.from_iterable(photo.segmentations for photo in drawn):
        farthest = max(farthest, find_farthest(segmentation))
        if farthest > _PERCENT:
            return False
    return farthest > _PERCENT / 2


def _count(orphans: Counter[tuple[object, object]]) -> str:
    ids = list(dict.fromkeys("none" if key is None else str(key) for key, _ in orphans))
    return f"{sum(orphans.values())} with image_id {name_some(ids, _NAMED)}"


def _load(path: Path) -> object:
    try:
        return json.loads(path.read_bytes(), object_pairs_hook=_require_keys_once)
    except OSError as error:
        raise SourceError(
            "A COCO file must be readable.",
            received=f"{path}: {error.strerror or error}",
            remedy="Give read permission, or correct `ingestion.path`.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise LayoutError(
            "A COCO file must be whole, valid JSON.",
            received=f"{path}: {error}",
            remedy="Save it as UTF-8."
            if isinstance(error, UnicodeDecodeError)
            else "Download or export it again.",
        ) from error


def _require_keys_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        raise ValueError(f"one key twice among {', '.join(key for key, _ in pairs[:_KEYS_NAMED])}")
    return entry


def _read_images(images: Iterable[object]) -> tuple[dict[object, list[CocoPhoto]], int]:
    """Photos by their id, and how many entries cannot be used."""
    by_id: dict[object, list[CocoPhoto]] = defaultdict(list)
    of_name: dict[str, list[CocoPhoto]] = defaultdict(list)
    n_unnamed = 0
    for image in images:
        key, name = _read_id(_get(image, "id")), _get(image, "file_name")
        if key is None or not isinstance(name, str) or not name:
            n_unnamed += 1
            continue
        photo = CocoPhoto(name, *_read_size(_get(image, "width"), _get(image, "height")))
        by_id[key].append(photo)
        of_name[name].append(photo)
    for same in (*by_id.values(), *of_name.values()):
        for photo in same if len(same) > 1 else ():
            photo.is_repeated = True
    return dict(by_id), n_unnamed


def _read_size(width: object, height: object) -> tuple[int | None, int | None, str]:
    """Width and height, or what stands there instead; nothing where no size is stated."""
    sides = read_whole_number(width), read_whole_number(height)
    if all(side is not None and 0 < side <= _LONGEST_PX for side in sides):
        return *sides, ""
    is_stated = (width, height) != (None, None)
    return None, None, f"{reprlib.repr(width)}×{reprlib.repr(height)}" if is_stated else ""


def _read_categories(
    categories: Iterable[object], used: Mapping[object, int], path: Path
) -> dict[object, str]:
    """Id → name; or the supercategory, where only these speak of cracks.

    Roboflow lists the project itself as a category without annotations, above the real ones: it is
    left out.
    """
    listed = [one for one in categories if isinstance(one, dict)]
    above = {str(one.get("supercategory")) for one in listed if one.get("supercategory")}
    names: dict[object, str] = {}
    upper: dict[object, str] = {}
    for one in listed:
        key, name = _read_id(one.get("id")), str(one.get("name", ""))
        if name in above and not used.get(key) and len(listed) > 1:
            continue
        if key is None or names.setdefault(key, name) != name:
            raise LayoutError(
                "Each category of a COCO file needs a number of its own.",
                received=f"{path}: {name} with {reprlib.repr(one.get('id'))}",
                remedy="Number the categories anew, or export them again.",
            )
        upper[key] = str(one.get("supercategory", ""))
    if not any(map(is_crack_name, names.values())) and any(map(is_crack_name, upper.values())):
        return upper
    return names


def _hand_out(
    annotations: Iterable[object],
    by_id: Mapping[object, list[CocoPhoto]],
    known: frozenset[object],
    crack: frozenset[object],
) -> Counter[tuple[object, object]]:
    """Give each annotation to its photo; what is left over, by the ids of photo and category."""
    orphans: Counter[tuple[object, object]] = Counter()
    for annotation in annotations:
        image_id, category = (
            _read_id(_get(annotation, key)) for key in ("image_id", "category_id")
        )
        photos = by_id.get(image_id)
        if not photos:
            orphans[image_id, category] += 1
        elif category in crack:
            photos[0].segmentations.append(_get(annotation, "segmentation"))
        elif category in known:
            photos[0].n_other += 1
        else:
            photos[0].unknown_categories.append(category)
    return orphans


def _get(entry: object, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None


def _read_id(value: object) -> object:
    """An id as it can be looked up: 1, 1.0 and "1" are one; None for what is none, as a list."""
    whole = read_whole_number(value)
    if whole is not None:
        return whole
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip()) or None
    return value if isinstance(value, float) and math.isfinite(value) else None
