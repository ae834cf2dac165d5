"""Ultralytics crack-seg, and any other data set with YOLO segmentation labels.

``train``, ``valid`` (or ``val``) and ``test``, each with ``images`` and ``labels``; or ``images``
and ``labels``, each with these splits or without; with or without a ``data.yaml`` that names the
classes, as Roboflow exports it, and may name folders or lists of the splits. A photo without a
label file, or with an empty one, has no crack, unless label files are there whose photo nobody
knows.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from crack_pipeline.data_source import Download, ListedImage, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.masks.yolo import read_class_numbers
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    is_image_file,
    join_id,
    list_folders,
    list_tree,
    names_below,
    refuse_layout,
    refuse_several,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import pair_by_stem
from crack_pipeline.sources.split_lists import obey_split_lists
from crack_pipeline.sources.yolo_description import (
    IMAGES,
    LABELS,
    YoloDescription,
    find_parts,
    is_name_list,
    labels_of,
    name_lost_splits,
    read_description,
    read_name_lists,
)
from crack_pipeline.types import Split

LAYOUT = "train, valid and test, each with images and labels (YOLO polygons), and mostly data.yaml"
NO_LABEL_FILE = "no_label_file"
EMPTY_LABEL_FILE = "empty_label_file"
CRACK_UNKNOWN = "no label file, where some belong to no photo"

_DEPTH = 3
_NAMED = 3


def list_crackseg(folder: Path) -> list[ListedImage]:
    """List the photos with the label files of their stems.

    Args:
        folder: The data set's folder, or one on top of it.

    Returns:
        One entry a photo, one for each file that belongs to none, and one for each split of
        ``data.yaml`` without photos of its own, in the splits that folders or lists name. Ids are
        the path of the photo without ``images``: ``train/<stem>``.

    Raises:
        LayoutError: If there are no images and labels, ``data.yaml`` cannot be understood or names
            a list that is not there, no label file is there at all, or they hold several classes
            that nothing names.
        SourceError: If a folder or a list cannot be read.
    """
    root, description = _find_root(folder)
    parts = find_parts(root, description)
    classes = description.classes
    if classes.crack is None:
        places = dict.fromkeys([root, *parts, *(labels_of(images, root) for images in parts)])
        classes = read_name_lists(place for place in places if place.is_dir())
    listed = []
    for images, split in parts.items():
        inner = [one for one in parts if one != images and one.is_relative_to(images)]
        listed += _list_part(root, images, split, classes.to_json(), inner)
    _require_any_label(listed, root)
    if classes.crack is None:
        _require_one_class(listed, root)
    there = {*parts.values(), *(one.split for one in description.lists)}
    listed = _doubt_unlabelled(listed) + name_lost_splits(root, description, there)
    return obey_split_lists(listed, folder, description.lists)


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


def _list_part(
    root: Path, images: Path, split: Split | None, annotation: str, inner: Sequence[Path]
) -> list[ListedImage]:
    """List the photos of one folder, without inner ones; their ids are its path without images."""
    folders = images.relative_to(root).parts
    prefix = "/".join(name for name in folders if name.lower() != IMAGES)
    label_folder = labels_of(images, root)
    image_files = _list_without(images, inner)
    label_files = _list_without(label_folder, [labels_of(one, root) for one in inner])
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


def _list_without(folder: Path, inner: Sequence[Path]) -> list[Path]:
    """The files of a tree, none where it is not there, without those of some folders in it."""
    files = list_tree(folder) if folder.is_dir() else []
    return [file for file in files if not any(file.is_relative_to(one) for one in inner)]


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


def _doubt_unlabelled(listed: Sequence[ListedImage]) -> list[ListedImage]:
    """Set aside what lacks a label file where label files belong to no photo: whose are they?"""
    strays = [
        one.image_id for one in listed if one.reason == NO_IMAGE and not _is_empty(one.image_path)
    ]
    if not strays:
        return list(listed)
    told = f"{CRACK_UNKNOWN}: {len(strays)}, {', '.join(strays[:_NAMED])}"
    return [
        replace(one, label=None, mask_format="yolo", noted="", reason=told)
        if NO_LABEL_FILE in one.noted.split(";")
        else one
        for one in listed
    ]


def _require_one_class(listed: Iterable[ListedImage], root: Path) -> None:
    """Refuse several classes without names: which of them is crack?"""
    found: dict[int, str] = {}
    for one in listed:
        with suppress(OSError):  # checking it tells why
            data = one.mask_path.read_bytes() if one.mask_path else b""
            found |= dict.fromkeys(read_class_numbers(data), one.image_id) | found
    if len(found) > 1:
        told = ", ".join(f"{number} ({found[number]})" for number in sorted(found)[:_NAMED])
        raise LayoutError(
            "Several classes of a YOLO data set need names.",
            received=f"{root} with classes {told} and no names",
            remedy="Write them into classes.txt beside the images, one a line from class 0 on.",
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
    return path.suffix.lower() == ".txt" and not is_name_list(path)


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False  # opening it tells why


SOURCE = Source(
    name="crackseg",
    title="Ultralytics crack-seg, 4 029 photos of roads and walls with outlined cracks",
    list_photos=list_crackseg,
    obeys_lists=True,
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
