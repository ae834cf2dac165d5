"""Ultralytics crack-seg, and any other data set with YOLO segmentation labels.

``train``, ``valid`` (or ``val``) and ``test``, each with ``images`` and ``labels``; or ``images``
and ``labels``, each with these splits or without; with or without a ``data.yaml`` that names the
classes, as Roboflow exports it. A photo without a label file, or with an empty one, has no crack.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crack_pipeline.errors import LayoutError
from crack_pipeline.masks.yolo import YoloClasses
from crack_pipeline.sources.files import (
    NO_MASK,
    is_image_file,
    list_folders,
    list_tree,
    names_below,
    refuse_layout,
    refuse_several,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import AnnotatedPhotos, join_id, list_annotated
from crack_pipeline.sources.source import Download, ListedImage, Source
from crack_pipeline.sources.yolo_layout import (
    IMAGES,
    LABELS,
    YoloDescription,
    YoloPart,
    find_parts,
    read_description,
)

LAYOUT = "train, valid and test, each with images and labels (YOLO polygons), and mostly data.yaml"
NO_LABEL_FILE = "no_label_file"
EMPTY_LABEL_FILE = "empty_label_file"

_DEPTH = 3
_NAME_LISTS = ("classes.txt", "obj.names")


def list_crackseg(folder: Path) -> list[ListedImage]:
    """List the photos with the label files of their stems.

    Args:
        folder: The data set's folder, or one on top of it.

    Returns:
        One entry a photo, and one for each file that belongs to none. Ids are the path of the photo
        without ``images``: ``train/<stem>``.

    Raises:
        LayoutError: If there are no images and labels, ``data.yaml`` cannot be understood, or no
            label file is there at all.
        SourceError: If a folder cannot be read.
    """
    root, description = _find_root(folder)
    parts = find_parts(root, description)
    classes = description.classes if description else YoloClasses()
    listed = [entry for part in parts for entry in _list_part(part, classes)]
    _require_any_label(listed, root)
    return listed


def _find_root(folder: Path) -> tuple[Path, YoloDescription | None]:
    """The topmost folder in which images and labels can be found."""
    level = [folder]
    for _ in range(_DEPTH + 1):
        roots = [(place, description) for place, description in _roots(level)]
        if len(roots) > 1:
            raise refuse_several(folder, [place for place, _ in roots])
        if roots:
            return roots[0]
        level = [child for place in level for child in list_folders(place)]
    raise refuse_layout(folder, (IMAGES, LABELS), layout=LAYOUT)


def _roots(level: list[Path]) -> Iterator[tuple[Path, YoloDescription | None]]:
    for place in level:
        description = read_description(place)
        if find_parts(place, description):
            yield place, description


def _list_part(part: YoloPart, classes: YoloClasses) -> list[ListedImage]:
    image_files = list_tree(part.images)
    label_files = list_tree(part.labels) if part.labels.is_dir() else []
    labels = names_below(filter(_is_label, label_files), part.labels)
    photos = AnnotatedPhotos(
        images=names_below(filter(is_image_file, image_files), part.images),
        annotations=labels,
        mask_format="yolo",
        annotation=classes.to_json(),
        prefix=part.prefix,
        annotation_prefix=join_id(part.prefix, LABELS),
        split=part.split,
    )
    listed = list_annotated(photos)
    others = [file for file in image_files if not is_image_file(file)]
    if part.labels == part.images:
        others = [file for file in others if not _is_label(file)]
    else:
        others += [file for file in label_files if not _is_label(file)]
    return [_note_empty(entry, has_labels=bool(labels)) for entry in listed] + [
        set_aside_other_file(file, join_id(part.prefix, file.parent.name)) for file in others
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
