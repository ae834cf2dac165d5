"""SDNET2018: 56 092 crops of bridge decks, pavements and walls, sorted by surface and class.

Overlaps are not searched (``has_crops`` is False): photos were cut into a grid of 256 px crops, and
each crop's name tells its photo, so that all crops of a photo are one group without any search.
"""

from collections.abc import Iterator
from pathlib import Path

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import list_unmasked
from crack_pipeline.sources.files import list_files, list_folders, refuse_layout, refuse_several
from crack_pipeline.sources.folder_names import FOLDER_NAME_VARIANT, LABEL_OF_CLASS, plain_name

SURFACE_OF_LETTER = {"D": "bridge deck", "P": "pavement", "W": "wall"}
LABEL_OF_LETTER = {"C": 1, "U": 0}
LAYOUT = "D, P or W, each with its classes CD and UD, CP and UP, CW and UW (C: crack, U: none)"
_LETTER_OF_NAME = {"decks": "D", "pavements": "P", "walls": "W"}
"""Names of the surfaces in copies of the data set, with classes called Cracked and Non-cracked."""
_DEPTH = 3


def list_sdnet2018(folder: Path) -> list[ListedImage]:
    """List the crops of every surface that is there.

    Args:
        folder: Holds ``D``, ``P`` or ``W``; or is one of them; or holds a folder that does.

    Returns:
        One entry a file; ids are ``D/CD/<stem>`` and so on.

    Raises:
        LayoutError: If no surface is there, one is there twice, or one lacks a class.
        SourceError: If a folder cannot be read.
    """
    surfaces: dict[str, list[Path]] = {}
    for letter, surface in _find_surfaces(folder, _DEPTH):
        surfaces.setdefault(letter, []).append(surface)
    if not surfaces:
        raise refuse_layout(folder, ["D", "P", "W"], layout=LAYOUT)
    for places in surfaces.values():
        if len(places) > 1:
            raise refuse_several(folder, places)
    return [photo for letter in sorted(surfaces) for photo in _list(letter, surfaces[letter][0])]


def _find_surfaces(folder: Path, depth: int) -> Iterator[tuple[str, Path]]:
    """Letter and folder of each surface; a folder is one if it holds a class of its letter."""
    letter = next((one for one in SURFACE_OF_LETTER if _find_classes(folder, one)), None)
    if letter is not None:
        yield letter, folder
    elif depth > 0:
        for child in list_folders(folder):
            yield from _find_surfaces(child, depth - 1)


def _find_classes(folder: Path, letter: str) -> dict[str, Path]:
    """Letter of the class → its folder."""
    children = list_folders(folder)
    classes = {
        child.name[0].upper(): child
        for child in children
        if child.name.upper() in {kind + letter for kind in LABEL_OF_LETTER}
    }
    if classes or _LETTER_OF_NAME.get(plain_name(folder.name)) != letter:
        return classes
    labels = {LABEL_OF_CLASS.get(plain_name(child.name)): child for child in children}
    return {kind: labels[label] for kind, label in LABEL_OF_LETTER.items() if label in labels}


def _list(letter: str, folder: Path) -> list[ListedImage]:
    """The crops of one surface."""
    classes = _find_classes(folder, letter)
    if len(classes) < len(LABEL_OF_LETTER):
        missing = ", ".join(kind + letter for kind in LABEL_OF_LETTER if kind not in classes)
        raise LayoutError(
            f"The folder must hold {LAYOUT}.",
            received=f"{folder} without {missing}",
            remedy="Unpack the archive again: part of it is missing.",
        )
    return [
        photo
        for kind, label in LABEL_OF_LETTER.items()
        for photo in list_unmasked(
            classes[kind],
            list_files(classes[kind]),
            prefix=f"{letter}/{kind}{letter}",
            label=label,
            surface=SURFACE_OF_LETTER[letter],
            noted="" if classes[kind].name.upper() == kind + letter else FOLDER_NAME_VARIANT,
        )
    ]


SOURCE = Source(
    name="sdnet2018",
    title="SDNET2018",
    list_photos=list_sdnet2018,
    layout=LAYOUT,
    licence="CC BY 4.0",
    citation=(
        "Dorafshan, S., Thomas, R. J., Maguire, M. (2018), SDNET2018: An annotated image dataset "
        "for non-contact concrete crack detection using deep convolutional neural networks, Data "
        "in Brief 21, 1664–1668, https://doi.org/10.1016/j.dib.2018.11.015; data: "
        "https://doi.org/10.15142/T3TD19"
    ),
    homepage="https://digitalcommons.usu.edu/all_datasets/48/",
    photo_id_pattern=r"^(\d+)-\d+(?:_\d+)?$",  # 7039-112 and 7039-112_2 are crops of photo 7039
)
