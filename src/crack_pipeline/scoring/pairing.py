"""Pair the predictions of one folder with the masks of another by stem."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crack_pipeline.errors import SourceError
from crack_pipeline.sources.files import IMAGE_SUFFIXES, list_tree
from crack_pipeline.sources.pairing import (
    MASK_WORDS,
    PHOTO_WORDS,
    PREDICTION_WORDS,
    StemGroup,
    group_by_stem,
)
from crack_pipeline.wording.phrases import count_of, name_some

ARRAY_SUFFIX = ".npy"

Unpaired = Literal["refuse", "skip"]
_NAMED = 6
_MAP_SUFFIXES = (*IMAGE_SUFFIXES, ARRAY_SUFFIX)


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A prediction and the mask that it is measured against.

    Attributes:
        name: The prediction's stem, with its folder below the one of all predictions.
        prediction: File of a mask or a probability map.
        mask: File of the true mask.
    """

    name: str
    prediction: Path
    mask: Path


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A name that several predictions or several masks have, so that nobody can say which is meant.

    Attributes:
        name: The stem, with its folder.
        predictions: Files of that stem.
        masks: Likewise.
    """

    name: str
    predictions: list[str]
    masks: list[str]

    def __str__(self) -> str:
        """Names that several files share, with the files."""
        files = (("prediction", self.predictions), ("mask", self.masks))
        return " and ".join(
            f"{count_of(len(names), kind)} named {self.name} ({', '.join(names)})"
            for kind, names in files
            if len(names) > 1
        )


@dataclass(frozen=True, slots=True)
class Pairing:
    """Files of the two folders, paired.

    Attributes:
        pairs: By ascending name.
        without_mask: Predictions that have no mask.
        without_prediction: Masks that have no prediction.
        ambiguous: Names of several predictions or several masks, by ascending name.
    """

    pairs: list[ScoredPair]
    without_mask: list[str]
    without_prediction: list[str]
    ambiguous: list[Ambiguity]

    @property
    def n_skipped(self) -> int:
        """Files in no pair."""
        several = sum(len(found.predictions) + len(found.masks) for found in self.ambiguous)
        return len(self.without_mask) + len(self.without_prediction) + several


def pair_folders(predictions: Path, masks: Path, *, unpaired: Unpaired = "refuse") -> Pairing:
    """Find the mask of each prediction, by the rules by which photos find their masks.

    Args:
        predictions: Folder of image files or ``.npy`` arrays; subfolders are looked into.
        masks: Folder of true masks, likewise.
        unpaired: ``refuse`` where a file has no partner or several, or ``skip`` and report it.

    Returns:
        The pairs, and what has no partner.

    Raises:
        SourceError: If a folder is missing or empty, no pair is found, or a file has no partner or
            several and ``unpaired`` is ``refuse``.
    """
    groups, strangers = group_by_stem(
        _list_maps(predictions, "scoring.predictions"),
        _list_maps(masks, "scoring.masks"),
        (*PREDICTION_WORDS, *MASK_WORDS, *PHOTO_WORDS),
    )
    pairs = [
        ScoredPair(group.stem, predictions / image, masks / mask)
        for group in groups
        for image, mask in group.pairs()
    ]
    unmatched = [group for group in groups if not group.pairs()]
    result = Pairing(
        pairs,
        without_mask=sorted(group.images[0] for group in unmatched if _is_alone(group)),
        without_prediction=sorted(strangers),
        ambiguous=[
            Ambiguity(group.stem, group.images, group.masks)
            for group in unmatched
            if not _is_alone(group)
        ],
    )
    _require_one_file_a_name(result, predictions, masks, unpaired)
    _require_partners(result, predictions, masks, unpaired)
    return result


def _is_alone(group: StemGroup) -> bool:
    return len(group.images) == 1 and not group.masks


def _list_maps(folder: Path, parameter: str) -> list[str]:
    if not folder.is_dir():
        raise SourceError(
            f"`{parameter}` must be a folder.",
            received=f"{folder}, which {'is a file' if folder.exists() else 'does not exist'}",
            remedy="Name both folders: --params=scoring.predictions=…,scoring.masks=….",
        )
    names = [
        str(path.relative_to(folder))
        for path in list_tree(folder)
        if path.suffix.lower() in _MAP_SUFFIXES
    ]
    if not names:
        raise SourceError(
            f"`{parameter}` must hold files that can be scored.",
            received=f"{folder}, without any of {', '.join(sorted(_MAP_SUFFIXES))}",
            remedy="Name the folder that holds them; its subfolders are looked into.",
        )
    return names


def _require_one_file_a_name(
    result: Pairing, predictions: Path, masks: Path, unpaired: Unpaired
) -> None:
    found = result.ambiguous
    if found and (unpaired == "refuse" or not result.pairs):
        shown = "; ".join(map(str, found[:_NAMED]))
        more = f"; {len(found) - _NAMED} more such" if len(found) > _NAMED else ""
        skip = ", or set scoring.unpaired to skip; what is skipped is reported"
        raise SourceError(
            "A name must belong to one prediction and one mask.",
            received=f"{shown}{more}, in {predictions} and {masks}",
            remedy=f"Keep one file of each name in its folder{skip if result.pairs else ''}.",
        )


def _require_partners(result: Pairing, predictions: Path, masks: Path, unpaired: Unpaired) -> None:
    missing = "; ".join(
        f"{_name(names, kind)} in {folder} without a {other}"
        for names, kind, folder, other in (
            (result.without_mask, "prediction", predictions, "mask"),
            (result.without_prediction, "mask", masks, "prediction"),
        )
        if names
    )
    if not result.pairs:
        raise SourceError(
            "Predictions and masks are paired by their stems: 0123.png belongs to 0123.jpg.",
            received=missing,
            remedy="Give both files of a photo the same stem.",
        )
    if unpaired == "refuse" and (result.without_mask or result.without_prediction):
        raise SourceError(
            "Each prediction needs one mask, and each mask one prediction: a photo that is left "
            "out may be the hard one.",
            received=missing,
            remedy="Add what is missing, or set scoring.unpaired to skip; what is skipped is "
            "reported.",
        )


def _name(names: Sequence[str], kind: str) -> str:
    return f"{count_of(len(names), kind)} ({name_some(names, _NAMED)})"
