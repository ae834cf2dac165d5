"""What describes a YOLO data set: ``data.yaml``, lists of class names, and the folders' names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from crack_pipeline.data_source import ListedImage, SplitList
from crack_pipeline.errors import LayoutError
from crack_pipeline.masks.yolo import YoloClasses
from crack_pipeline.sources.coco_file import choose_crack_classes
from crack_pipeline.sources.files import is_image_file, list_files, list_folders
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, plain_name
from crack_pipeline.sources.pairing import trim_name
from crack_pipeline.sources.split_lists import LIST_SUFFIXES, read_lines, read_split_list
from crack_pipeline.types import Split

IMAGES, LABELS = "images", "labels"
SPLIT_NOT_THERE = "split that the description names is not there"
SPLIT_OF_ANOTHER = "split that the description names is another one"
_USUAL_NAME = "data.yaml"
_NAME_LISTS = ("classes.txt", "_darknet.labels")


@dataclass(frozen=True, slots=True)
class YoloDescription:
    """Content of ``data.yaml``.

    Attributes:
        places: Split, and a folder of photos, a list of them or a single one, as they are written.
        classes: Which classes are cracks.
        file: The file itself; None where there is none.
        base: The folder that places are below, as it is written.
        lists: Lists of photos that it names for splits; photos that stand in the file itself are
            one, too.
    """

    places: tuple[tuple[Split, str], ...] = ()
    classes: YoloClasses = field(default_factory=YoloClasses)
    file: Path | None = None
    base: str = ""
    lists: tuple[SplitList, ...] = ()


def read_description(root: Path) -> YoloDescription:
    """Read the YAML file that describes a data set.

    Args:
        root: The folder that it lies in.

    Returns:
        What it says; nothing where there is no such file.

    Raises:
        LayoutError: If it is no YAML, names no class as crack, or several files describe classes.
        SourceError: If the folder or a list cannot be read.
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
    places, base = tuple(_read_places(content)), str(content.get("path") or "")
    lists = tuple(_read_lists(file, places, base))
    return YoloDescription(places, _read_classes(content, file), file, base, lists)


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
        SourceError: If a folder cannot be read.
    """
    found: dict[Path, Split | None] = {}
    for split, written in description.places:
        folder = _resolve(root, written, description.base)
        if folder is not None and folder.is_dir():
            found.setdefault(_images_in(folder), split)
    for folder, named_split in _find_by_name(root):
        found.setdefault(folder, named_split)
    lines = (line for one in description.lists for line in one.lines)
    for parent in sorted({trim_name(line).rpartition("/")[0] for line in lines}, key=len):
        folder = _resolve(root, parent)
        if folder is not None and not any(folder.is_relative_to(one) for one in found):
            found[folder] = None
    return found


def _images_in(folder: Path) -> Path:
    """The folder, or what holds its photos where labels lie beside that."""
    inner = {place.name.lower(): place for place in list_folders(folder)}
    return inner[IMAGES] if IMAGES in inner and LABELS in inner else folder


def _read_lists(file: Path, places: Iterable[tuple[Split, str]], base: str) -> Iterator[SplitList]:
    read: set[Path] = set()
    alone: dict[Split, list[str]] = defaultdict(list)
    for split, written in places:
        if is_image_file(Path(written)):
            alone[split].append(written)
            continue
        place = _resolve(file.parent, written, base)
        if place is not None and place.is_file() and place not in read:
            read.add(place)
            yield read_split_list(place, split)
    for split, names in alone.items():
        yield SplitList(split, file, tuple(names))


def name_lost_splits(
    root: Path, description: YoloDescription, there: Iterable[Split | None]
) -> list[ListedImage]:
    """List the places of a description that give their split no photo.

    Args:
        root: The data set's folder.
        description: What its ``data.yaml`` says.
        there: Splits that have photos.

    Returns:
        One entry a split.

    Raises:
        LayoutError: If a list is not there.
    """
    if description.file is None:
        return []
    file, owner = description.file, dict[Path, Split]()
    rows: dict[Split, ListedImage] = {}
    for split, written in description.places:
        place = _resolve(root, written, description.base) or _resolve(
            file.parent, written, description.base
        )
        if place is None and written.lower().endswith(LIST_SUFFIXES):
            raise LayoutError(
                "The lists of splits that a YOLO data set names must be there.",
                received=f"{file} with {written} for {split}, which is not there",
                remedy="Put it there, or remove the line: the split is drawn then.",
            )
        is_own = place is not None and owner.setdefault(place, split) == split
        if is_own or split in there or is_image_file(Path(written)):
            continue
        why = f"{SPLIT_NOT_THERE}: {written}"
        if place is not None:
            why = f"{SPLIT_OF_ANOTHER}: {written} is {owner[place]} already"
        image_id = f"{file.name}/{split}"
        rows.setdefault(split, ListedImage(image_id, file, split=split, reason=why))
    return list(rows.values())


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
    return _choose(names, file)


def _choose(names: Mapping[int, str], file: Path) -> YoloClasses:
    crack = choose_crack_classes(names, str(file))
    return YoloClasses(tuple(sorted(crack)), tuple(sorted(set(names) - crack)))


def is_name_list(path: Path) -> bool:
    """True where a file is called like a list of class names, as Label Studio and darknet do."""
    return path.name.lower() in _NAME_LISTS or path.suffix.lower() == ".names"


def read_name_lists(folders: Iterable[Path]) -> YoloClasses:
    """Read the names of classes from lists, one a line in the order of their numbers.

    Args:
        folders: Where such lists may lie.

    Returns:
        The classes; every class is crack where no list names any.

    Raises:
        LayoutError: If none is named as crack, or two lists differ.
        SourceError: If a folder or a list cannot be read.
    """
    files = [file for folder in folders for file in list_files(folder) if is_name_list(file)]
    read = {file: "\n".join(read_lines(file)).rstrip() for file in files}
    lists = {names: file for file, names in read.items() if names}
    if len(lists) > 1:
        raise LayoutError(
            "One file must describe the classes of a YOLO data set.",
            received=" and ".join(map(str, lists.values())),
            remedy=f"Keep one of them, or name the classes in {_USUAL_NAME}.",
        )
    for names, file in lists.items():
        return _choose(dict(enumerate(names.split("\n"))), file)
    return YoloClasses()


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


def labels_of(images: Path, root: Path) -> Path:
    """Find the folder of labels that belongs to a folder of photos.

    Args:
        images: The photos' folder.
        root: The data set's folder.

    Returns:
        The path with its last ``images`` replaced, there or not; without one, the same folder.

    Raises:
        SourceError: If a folder cannot be read.
    """
    parts = list(images.relative_to(root).parts)
    places = [index for index, part in enumerate(parts) if part.lower() == IMAGES]
    if not places:
        return images
    folder = root.joinpath(*parts[: places[-1]])
    named = [child for child in list_folders(folder) if child.name.lower() == LABELS]
    return (named[0] if named else folder / LABELS).joinpath(*parts[places[-1] + 1 :])
