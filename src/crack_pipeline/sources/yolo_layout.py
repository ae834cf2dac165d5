"""Find the photos and labels of a YOLO data set, by its ``data.yaml`` and by folder names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from crack_pipeline.errors import LayoutError
from crack_pipeline.masks.yolo import YoloClasses
from crack_pipeline.sources.coco_file import choose_crack_classes
from crack_pipeline.sources.files import list_files, list_folders
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER, plain_name
from crack_pipeline.types import Split

IMAGES, LABELS = "images", "labels"
_USUAL_NAME = "data.yaml"
_SPLIT_KEYS: dict[str, Split] = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}


@dataclass(frozen=True, slots=True)
class YoloPart:
    """One folder of photos and the folder of their labels.

    Attributes:
        images: Folder of photos.
        labels: Folder of label files; may be missing, and may be the same.
        split: Official split; None where nothing names one.
        prefix: What the ids of its photos begin with.
    """

    images: Path
    labels: Path
    split: Split | None
    prefix: str


@dataclass(frozen=True, slots=True)
class YoloDescription:
    """Content of ``data.yaml``.

    Attributes:
        path: The file.
        folders: Split and folder of photos, as they are written.
        classes: Which classes are cracks.
    """

    path: Path
    folders: tuple[tuple[Split, str], ...]
    classes: YoloClasses


def read_description(root: Path) -> YoloDescription | None:
    """Read the YAML file that describes a data set.

    Args:
        root: The folder that it lies in.

    Returns:
        What it says; None where there is no such file.

    Raises:
        LayoutError: If it is no YAML, names no class as crack, or several files describe classes.
        SourceError: If the folder cannot be read.
    """
    files = [file for file in list_files(root) if file.suffix.lower() in (".yaml", ".yml")]
    usual = [file for file in files if file.name.lower() == _USUAL_NAME]
    found = [(file, content) for file in usual or files if (content := _load(file)) is not None]
    if not found:
        return None
    if len(found) > 1:
        raise LayoutError(
            "One file must describe the classes of a YOLO data set.",
            received=f"{root} with {', '.join(file.name for file, _ in found)}",
            remedy=f"Keep one of them, as {_USUAL_NAME}.",
        )
    file, content = found[0]
    return YoloDescription(file, tuple(_read_folders(content)), _read_classes(content, file))


def find_parts(root: Path, description: YoloDescription | None) -> list[YoloPart]:
    """Find the folders of photos and labels below a data set's folder.

    Folders are taken from the description where it leads to some within the data set, and besides
    by their names: ``<split>/images``, ``images/<split>``, or ``images`` alone, each with its
    ``labels``.

    Args:
        root: The data set's folder.
        description: What its ``data.yaml`` says, if anything.

    Returns:
        One entry a folder of photos; none where the folder has no such layout.

    Raises:
        SourceError: If a folder cannot be read.
    """
    found: dict[Path, Split | None] = {}
    for split, written in description.folders if description else ():
        folder = _resolve(root, written)
        if folder is not None:
            found.setdefault(folder, split)
    for folder, named_split in _find_by_name(root):
        found.setdefault(folder, named_split)
    return [
        YoloPart(folder, _labels_of(folder, root), split, _prefix(folder, root))
        for folder, split in found.items()
    ]


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


def _read_folders(content: dict[str, Any]) -> Iterator[tuple[Split, str]]:
    for key, split in _SPLIT_KEYS.items():
        value = content.get(key)
        for written in value if isinstance(value, list) else [value]:
            if isinstance(written, str):
                yield split, written


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


def _resolve(root: Path, written: str) -> Path | None:
    """The folder that a path in the description means, within the data set.

    Roboflow writes ``../train/images`` and means ``train/images``; others write where the data set
    lay on their own machine. So leading parts are dropped until a folder is there.
    """
    parts = PurePosixPath(written.replace("\\", "/")).parts
    for start in range(len(parts)):
        tail = parts[start:]
        if not {"..", "/"} & set(tail) and (root.joinpath(*tail)).is_dir():
            return root.joinpath(*tail)
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


def _prefix(images: Path, root: Path) -> str:
    parts = images.relative_to(root).parts
    return "/".join(part for part in parts if part.lower() != IMAGES)
