"""Ultralytics crack-seg, and any other data set with YOLO segmentation labels.

``train``, ``valid`` (or ``val``) and ``test``, each with ``images`` and ``labels``; or ``images``
and ``labels``, each with these splits or without; with or without a ``data.yaml`` that names the
classes, as Roboflow exports it, and may name folders or lists of the splits. A photo without a
label file, or with an empty one, has no crack.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

import yaml

from crack_pipeline.data_source import Download, ListedImage, Source, SplitList
from crack_pipeline.errors import LayoutError
from crack_pipeline.masks.yolo import YoloClasses
from crack_pipeline.sources.coco_file import choose_crack_classes
from crack_pipeline.sources.files import (
    NO_MASK,
    is_image_file,
    join_id,
    list_files,
    list_folders,
    list_tree,
    names_below,
    refuse_layout,
    refuse_several,
    set_aside_other_file,
)
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, plain_name
from crack_pipeline.sources.pairing import pair_by_stem, trim_name
from crack_pipeline.sources.split_lists import LIST_SUFFIX, read_split_list
from crack_pipeline.types import Split

IMAGES, LABELS = "images", "labels"
_USUAL_NAME = "data.yaml"


@dataclass(frozen=True, slots=True)
class YoloDescription:
    """Content of ``data.yaml``.

    Attributes:
        places: Split, and a folder of photos, a list of them or a single one, as they are written.
        classes: Which classes are cracks.
        file: The file itself; None where there is none.
        base: The folder that places are below, as it is written.
    """

    places: tuple[tuple[Split, str], ...] = ()
    classes: YoloClasses = field(default_factory=YoloClasses)
    file: Path | None = None
    base: str = ""


def read_description(root: Path) -> YoloDescription:
    """Read the YAML file that describes a data set.

    Args:
        root: The folder that it lies in.

    Returns:
        What it says; nothing where there is no such file.

    Raises:
        LayoutError: If it is no YAML, names no class as crack, or several files describe classes.
        SourceError: If the folder cannot be read.
    """
    files = [file for file in list_files(root) if file.suffix.lower() in (".yaml", ".yml")]
    usual = [file for file in files if file.name.lower() == _USUAL_NAME]
    found = [(file, content) for file in usual or files if (content := _load(file)) is not None]
    if not found:
        return YoloDescription()
    if len(found) > 1:
        raise LayoutError(
            "One file must describe the classes of a YOLO data set.",
            received=f"{root} with {', '.join(file.name for file, _ in found)}",
            remedy=f"Keep one of them, as {_USUAL_NAME}.",
        )
    file, content = found[0]
    places, base = tuple(_read_places(content)), content.get("path")
    classes = _read_classes(content, file)
    return YoloDescription(places, classes, file, base if isinstance(base, str) else "")


def find_parts(root: Path, description: YoloDescription) -> dict[Path, Split | None]:
    """Find the folders of photos and labels below a data set's folder.

    Folders are taken from the description where it leads to some within the data set, and besides
    by their names: ``<split>/images``, ``images/<split>``, or ``images`` alone, each with its
    ``labels``; and where photos lie that lists name.

    Args:
        root: The data set's folder.
        description: What its ``data.yaml`` says, if anything.

    Returns:
        Folder of photos → its split; none where the data set's folder has no such layout.

    Raises:
        SourceError: If a folder or a list cannot be read.
    """
    found: dict[Path, Split | None] = {}
    for split, written in description.places:
        folder = _resolve(root, written, description.base)
        if folder is not None and folder.is_dir():
            found.setdefault(_images_in(folder), split)
    for folder, named_split in _find_by_name(root):
        found.setdefault(folder, named_split)
    lines = (line for one in _read_lists(description) for line in one.lines)
    for parent in sorted({trim_name(line).rpartition("/")[0] for line in lines}, key=len):
        folder = _resolve(root, parent)
        if folder is not None and not any(folder.is_relative_to(one) for one in found):
            found[folder] = None
    return found


def _images_in(folder: Path) -> Path:
    """The folder, or what holds its photos where labels lie beside that."""
    inner = {place.name.lower(): place for place in list_folders(folder)}
    return inner[IMAGES] if IMAGES in inner and LABELS in inner else folder


def find_lists(folder: Path) -> list[SplitList]:
    """Read the lists of photos that a data set's ``data.yaml`` names for its splits.

    Args:
        folder: The data set's folder, or one on top of it.

    Returns:
        The lists; photos that stand in ``data.yaml`` itself are one, too.

    Raises:
        LayoutError: As ``list_crackseg``.
        SourceError: If a folder or a list cannot be read.
    """
    return _read_lists(_find_root(folder)[1])


def _read_lists(description: YoloDescription) -> list[SplitList]:
    if description.file is None:
        return []
    lists: list[SplitList] = []
    alone: dict[Split, list[str]] = defaultdict(list)
    for split, written in description.places:
        if is_image_file(Path(written)):
            alone[split].append(written)
            continue
        file = _resolve(description.file.parent, written, description.base)
        if file is not None and file.is_file() and file not in {one.path for one in lists}:
            lists.append(read_split_list(file, split))
    return lists + [
        SplitList(split, description.file, tuple(names)) for split, names in alone.items()
    ]


def _name_lost_splits(
    root: Path, description: YoloDescription, there: Iterable[Split | None]
) -> Iterator[ListedImage]:
    """An entry for each place of the description that gives its split no photo."""
    owner: dict[Path, Split] = {}
    for split, written in description.places:
        file = cast(Path, description.file)
        place = _resolve(root, written, description.base) or _resolve(
            file.parent, written, description.base
        )
        if place is not None and owner.setdefault(place, split) == split:
            continue
        if place is None and (split in there or is_image_file(Path(written))):
            continue
        if place is None and written.lower().endswith(LIST_SUFFIX):
            raise LayoutError(
                "The lists of splits that a YOLO data set names must be there.",
                received=f"{file} with {written} for {split}, which is not there",
                remedy="Put it there, or remove the line: the split is drawn then.",
            )
        why = f"{SPLIT_NOT_THERE}: {written}"
        if place is not None:
            why = f"{SPLIT_OF_ANOTHER}: {written} is {owner[place]} already"
        yield ListedImage(f"{file.name}/{split}", file, split=split, reason=why)


def _load(file: Path) -> dict[str, Any] | None:
    """The content of a file that describes classes; None for other files."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise LayoutError(
            "The file that describes a YOLO data set must be readable YAML.",
            received=f"{file}: {str(error).splitlines()[0]}",
            remedy="Correct it, or download the data set again.",
        ) from error
    is_described = isinstance(content, dict) and ("names" in content or "train" in content)
    return content if is_described else None


def _read_places(content: dict[str, Any]) -> Iterator[tuple[Split, str]]:
    for key, split in SPLIT_OF_FOLDER.items():
        value = content.get(key)
        for written in value if isinstance(value, list) else [value]:
            if isinstance(written, str) and written.strip():
                yield split, written.strip()


def _read_classes(content: dict[str, Any], file: Path) -> YoloClasses:
    written = content.get("names")
    if written is None:
        return YoloClasses()
    try:
        pairs = written.items() if isinstance(written, dict) else enumerate(written)
        names = {int(number): _read_name(name) for number, name in pairs}
    except (TypeError, ValueError) as error:
        raise LayoutError(
            "`names` must list the classes, or map their numbers to names.",
            received=f"{file} with a {type(written).__name__}: {error}",
            remedy="Write it like names: [crack] or names: {0: crack}.",
        ) from error
    crack = choose_crack_classes(names, str(file))
    return YoloClasses(tuple(sorted(crack)), tuple(sorted(set(names) - crack)))


def _read_name(name: object) -> str:
    if isinstance(name, str | int | float):
        return str(name)
    raise TypeError(f"a name is a {type(name).__name__}")


def _resolve(root: Path, written: str, base: str = "") -> Path | None:
    """The folder or file that a path in the description means, within the data set.

    Roboflow writes ``../train/images`` and means ``train/images``; others write where the data set
    lay on their own machine. So leading parts are dropped until something is there; but
    ``valid/images`` is not ``images``.
    """
    parts = PurePosixPath(base.replace("\\", "/"), written.replace("\\", "/")).parts
    for start in range(len(parts)):
        tail = parts[start:]
        place = root.joinpath(*tail)
        if {"..", "/"} & set(tail) or not place.exists():
            continue
        if not (start and place.is_dir() and plain_name(parts[start - 1]) in SPLIT_OF_FOLDER):
            return place
    return None


def _find_by_name(root: Path) -> Iterator[tuple[Path, Split | None]]:
    below = {child.name.lower(): child for child in list_folders(root)}
    for child in below.values():
        split = SPLIT_OF_FOLDER.get(plain_name(child.name))
        inner = {place.name.lower(): place for place in list_folders(child)} if split else {}
        if IMAGES in inner and LABELS in inner:
            yield inner[IMAGES], split
    if IMAGES not in below or LABELS not in below:
        return
    by_split: list[tuple[Path, Split | None]] = [
        (place, SPLIT_OF_FOLDER[plain_name(place.name)])
        for place in list_folders(below[IMAGES])
        if plain_name(place.name) in SPLIT_OF_FOLDER
    ]
    yield from by_split or [(below[IMAGES], None)]


def _labels_of(images: Path, root: Path) -> Path:
    """The labels' folder: the last ``images`` in the path replaced; else the same folder."""
    parts = list(images.relative_to(root).parts)
    places = [index for index, part in enumerate(parts) if part.lower() == IMAGES]
    if not places:
        return images
    folder = root.joinpath(*parts[: places[-1]])
    named = [child for child in list_folders(folder) if child.name.lower() == LABELS]
    return (named[0] if named else folder / LABELS).joinpath(*parts[places[-1] + 1 :])


LAYOUT = "train, valid and test, each with images and labels (YOLO polygons), and mostly data.yaml"
SPLIT_NOT_THERE = "split that the description names is not there"
SPLIT_OF_ANOTHER = "split that the description names is another one"
NO_LABEL_FILE = "no_label_file"
EMPTY_LABEL_FILE = "empty_label_file"

_DEPTH = 3
_NAME_LISTS = ("classes.txt", "obj.names")


def list_crackseg(folder: Path) -> list[ListedImage]:
    """List the photos with the label files of their stems.

    Args:
        folder: The data set's folder, or one on top of it.

    Returns:
        One entry a photo, one for each file that belongs to none, and one for each split of
        ``data.yaml`` without photos of its own. Ids are the path of the photo without ``images``:
        ``train/<stem>``. What lists say of splits is not in them.

    Raises:
        LayoutError: If there are no images and labels, ``data.yaml`` cannot be understood or names
            a list that is not there, or no label file is there at all.
        SourceError: If a folder cannot be read.
    """
    root, description = _find_root(folder)
    parts = find_parts(root, description)
    listed = []
    for images, split in parts.items():
        listed += _list_part(root, images, split, description.classes.to_json())
    _require_any_label(listed, root)
    there = {*parts.values(), *(one.split for one in _read_lists(description))}
    return [*listed, *_name_lost_splits(root, description, there)]


def _find_root(folder: Path) -> tuple[Path, YoloDescription]:
    """The topmost folder in which images and labels can be found."""
    level = [(folder, YoloDescription())]
    for _ in range(_DEPTH + 1):
        own = [(place, read_description(place), above) for place, above in level]
        described = [(place, this if this.file else above) for place, this, above in own]
        roots = [(place, content) for place, content in described if find_parts(place, content)]
        if len(roots) > 1:
            raise refuse_several(folder, [place for place, _ in roots])
        if roots:
            return roots[0]
        level = [(child, above) for place, above in described for child in list_folders(place)]
    raise refuse_layout(folder, (IMAGES, LABELS), layout=LAYOUT)


def _list_part(root: Path, images: Path, split: Split | None, annotation: str) -> list[ListedImage]:
    """List the photos of one folder; their ids are its path without ``images``."""
    folders = images.relative_to(root).parts
    prefix = "/".join(name for name in folders if name.lower() != IMAGES)
    label_folder = _labels_of(images, root)
    image_files = list_tree(images)
    label_files = list_tree(label_folder) if label_folder.is_dir() else []
    labels = names_below(filter(_is_label, label_files), label_folder)
    listed = pair_by_stem(
        names_below(filter(is_image_file, image_files), images),
        labels,
        prefix=prefix,
        mask_prefix=join_id(prefix, LABELS),
        split=split,
        mask_format="yolo",
        annotation=annotation,
    )
    others = [file for file in image_files if not is_image_file(file)]
    if label_folder == images:
        others = [file for file in others if not _is_label(file)]
    else:
        others += [file for file in label_files if not _is_label(file)]
    return [_note_empty(entry, has_labels=bool(labels)) for entry in listed] + [
        set_aside_other_file(file, join_id(prefix, f"{file.parent.name}/{file.name}"))
        for file in others
    ]


def _note_empty(entry: ListedImage, *, has_labels: bool) -> ListedImage:
    """A photo without outlines is a photo without crack, unless its whole part lacks labels."""
    if entry.reason == NO_MASK and has_labels:
        noted = NO_LABEL_FILE
    elif not entry.reason and entry.mask_path is not None and _is_empty(entry.mask_path):
        noted = EMPTY_LABEL_FILE
    else:
        return entry
    return replace(
        entry,
        mask_path=None,
        mask_format="empty",
        annotation="",
        label=0,
        reason="",
        noted=";".join(filter(None, (entry.noted, noted))),
    )


def _require_any_label(listed: list[ListedImage], root: Path) -> None:
    n_without = sum(entry.reason == NO_MASK for entry in listed)
    if not n_without or any(entry.mask_path or not entry.reason for entry in listed):
        return
    raise LayoutError(
        "Photos need label files, one text file a photo with a crack.",
        received=f"{root} with {n_without} photos and no label file",
        remedy="Export the data set with its labels, or name another layout in `ingestion.source`.",
    )


def _is_label(path: Path) -> bool:
    return path.suffix.lower() == ".txt" and path.name.lower() not in _NAME_LISTS


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False  # opening it tells why


SOURCE = Source(
    name="crackseg",
    title="Ultralytics crack-seg, 4 029 photos of roads and walls with outlined cracks",
    list_photos=list_crackseg,
    find_lists=find_lists,
    layout=LAYOUT,
    licence=(
        "Not stated in the archive. Others report the Roboflow data set that it was made from as "
        "public domain; look at its page before you rely on that. Ultralytics' own software is "
        "AGPL-3.0."
    ),
    citation=(
        "University (2022), crack Dataset, Roboflow Universe, "
        "https://universe.roboflow.com/university-bswxt/crack-bphdr"
    ),
    homepage="https://docs.ultralytics.com/datasets/segment/crack-seg/",
    downloads=(
        Download(
            kind="http",
            address="https://github.com/ultralytics/assets/releases/download/v0.0.0/crack-seg.zip",
            file_name="crack-seg.zip",
            size_bytes=91_600_000,
        ),
    ),
    photo_id_pattern=r"^(.+?)\.rf\.[0-9A-Za-z]+$",  # Roboflow's variants of one photo
)
