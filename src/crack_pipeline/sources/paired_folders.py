"""Photos and masks in folders, paired by name; and the layout with an official test split.

``train_img``, ``train_lab``, ``test_img``, ``test_lab``: the layout of *DeepCrack*, for one's own
photos too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
    find_layout_root,
    is_image_file,
    list_files,
    list_subfolders,
    list_tree,
    names_below,
    set_aside,
    set_aside_other_file,
)
from crack_pipeline.sources.pairing import MASK_NAME_VARIANT, StemGroup, group_by_stem
from crack_pipeline.sources.source import ListedImage, Source
from crack_pipeline.types import Split

FOLDERS_OF_SPLIT: dict[Split, tuple[str, str]] = {
    "train": ("train_img", "train_lab"),
    "test": ("test_img", "test_lab"),
}
LAYOUT = "train_img, train_lab, test_img and test_lab: photos, and masks with the photos' stems"


@dataclass(frozen=True, slots=True)
class PairedPhotos:
    """Photos and masks that lie in two folders or in one, and what holds for all of them.

    Attributes:
        images: Folder of the photos.
        masks: Folder of the masks.
        prefix: What the ids of photos begin with; empty for nothing.
        mask_prefix: What the ids of left-over masks begin with.
        label: Label of all photos; None where masks decide.
        split: Official split of all photos.
        surface: What all photos show.
        noted: What was read otherwise than it stands there.
    """

    images: Path
    masks: Path
    prefix: str = ""
    mask_prefix: str = ""
    label: int | None = None
    split: Split | None = None
    surface: str | None = None
    noted: str = ""


def list_paired_folders(folder: Path) -> list[ListedImage]:
    """List the photos of the official splits, each with the mask of its stem.

    Args:
        folder: Holds the four folders.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none; ids are
        ``<split>/<stem>``.

    Raises:
        LayoutError: If one of the four folders is missing.
        SourceError: If a folder cannot be read.
    """
    names = [name for pair in FOLDERS_OF_SPLIT.values() for name in pair]
    folders = list_subfolders(find_layout_root(folder, names), names)
    return [
        listed
        for split, (images, masks) in FOLDERS_OF_SPLIT.items()
        for listed in list_pairs(
            PairedPhotos(folders[images], folders[masks], split, folders[masks].name, split=split)
        )
    ]


def list_pairs(place: PairedPhotos, *, with_subfolders: bool = False) -> list[ListedImage]:
    """List the photos of one folder with their masks of another.

    Args:
        place: The two folders.
        with_subfolders: Read subfolders too; a mask then lies in the subfolder of its photo's name.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none.

    Raises:
        SourceError: If a folder cannot be read.
    """
    read = list_tree if with_subfolders else list_files
    return list_files_as_pairs(place, read(place.images), read(place.masks))


def list_files_as_pairs(
    place: PairedPhotos, image_files: Sequence[Path], mask_files: Sequence[Path]
) -> list[ListedImage]:
    """List photos with their masks, where both are known by file.

    Args:
        place: The folders that the files lie in or below.
        image_files: Photos, and other files among them.
        mask_files: Masks, and other files among them.

    Returns:
        One entry a photo, and one for each mask or other file that belongs to none. Photos and
        masks of which nobody can say which belong together carry one reason with one detail after
        its colon; of these, a mask is named by ``mask_path`` and ``image_path`` both.
    """
    images = names_below(filter(is_image_file, image_files), place.images)
    masks = names_below(filter(is_image_file, mask_files), place.masks)
    groups, strangers = group_by_stem(images, masks)
    lister = _PairLister.of(place, images, masks, groups)
    listed = [photo for group in groups for photo in lister.list_group(group)]
    listed += [set_aside_mask(masks[name], name, place, NO_IMAGE) for name in strangers]
    for files, root, prefix in (
        (image_files, place.images, place.prefix or place.images.name),
        (mask_files, place.masks, place.mask_prefix),
    ):
        others = names_below((file for file in files if not is_image_file(file)), root)
        listed += [
            replace(set_aside_other_file(file, prefix), image_id=_join(prefix, name))
            for name, file in others.items()
        ]
    return listed


def set_aside_mask(mask: Path, name: str, place: PairedPhotos, reason: str) -> ListedImage:
    """A listed mask that belongs to no photo.

    Args:
        mask: The file.
        name: Its name below the folder of masks.
        place: The folders.
        reason: Why.
    """
    aside = set_aside(mask, place.mask_prefix, reason)
    return replace(aside, image_id=_join(place.mask_prefix, name), split=place.split)


@dataclass(frozen=True, slots=True)
class _PairLister:
    """Turns groups of one stem into entries."""

    place: PairedPhotos
    images: dict[str, Path]
    masks: dict[str, Path]
    ambiguous_names: frozenset[str]

    @classmethod
    def of(
        cls,
        place: PairedPhotos,
        images: dict[str, Path],
        masks: dict[str, Path],
        groups: Iterable[StemGroup],
    ) -> "_PairLister":
        several = (name for group in groups if len(group.images) > 1 for name in group.images)
        return cls(place, images, masks, frozenset(several))

    def list_group(self, group: StemGroup) -> list[ListedImage]:
        """Pairs, or why there is none."""
        pairs = group.pairs()
        if pairs:
            return [self._pair(group, *pair) for pair in pairs]
        if not group.masks:
            return [self._image(group, name, reason=NO_MASK) for name in group.images]
        kind = TWO_IMAGES_WITH_ONE_STEM if len(group.images) > 1 else TWO_MASKS_WITH_ONE_STEM
        reason = f"{kind}: {_join(self.place.prefix, group.stem)}"
        return [self._image(group, name, reason=reason) for name in group.images] + [
            replace(
                set_aside_mask(self.masks[name], name, self.place, reason),
                mask_path=self.masks[name],
            )
            for name in group.masks
        ]

    def _pair(self, group: StemGroup, image: str, mask: str) -> ListedImage:
        photo = replace(self._image(group, image), mask_path=self.masks[mask])
        if mask not in group.variants:
            return photo
        noted = ";".join(filter(None, (photo.noted, MASK_NAME_VARIANT)))
        return replace(photo, noted=noted)

    def _image(self, group: StemGroup, name: str, *, reason: str = "") -> ListedImage:
        """An entry without mask; under its full name where the stem could mean another file."""
        is_alone = len(group.images) == 1 and group.stem not in self.ambiguous_names
        return ListedImage(
            _join(self.place.prefix, group.stem if is_alone else name),
            self.images[name],
            label=self.place.label,
            split=self.place.split,
            surface=self.place.surface,
            noted=self.place.noted,
            reason=reason,
        )


def _join(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


SOURCE = Source(
    name="paired_folders",
    title="one's own photos and masks, with a test split",
    list_photos=list_paired_folders,
    layout=LAYOUT,
    licence="your own photos: nothing is known of a licence",
)
