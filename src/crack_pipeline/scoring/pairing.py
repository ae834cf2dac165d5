"""Pair the predictions of one folder with the masks of another by stem."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crack_pipeline.errors import SourceError
from crack_pipeline.sources.files import IMAGE_SUFFIXES, list_tree
from crack_pipeline.sources.pairing import group_by_stem

ARRAY_SUFFIX = ".npy"

Unpaired = Literal["refuse", "skip"]
_NAMED = 6


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
class Pairing:
    """What was found in the two folders.

    Attributes:
        pairs: By ascending name.
        without_mask: Predictions that have no mask, or more than one.
        without_prediction: Masks that have no prediction, or more than one.
    """

    pairs: list[ScoredPair]
    without_mask: list[str]
    without_prediction: list[str]


def pair_folders(predictions: Path, masks: Path, *, unpaired: Unpaired = "refuse") -> Pairing:
    """Find the mask of each prediction, by the rules by which photos find their masks.

    Args:
        predictions: Folder of image files or ``.npy`` arrays; subfolders are looked into.
        masks: Folder of true masks.
        unpaired: ``refuse`` where a file has no partner, or ``skip`` and report it.

    Returns:
        The pairs, and what has no partner.

    Raises:
        SourceError: If a folder is missing or empty, no pair is found, or a file has no partner and
            ``unpaired`` is ``refuse``.
    """
    found = _list_maps(predictions, "scoring.predictions", (*IMAGE_SUFFIXES, ARRAY_SUFFIX))
    truth = _list_maps(masks, "scoring.masks", tuple(IMAGE_SUFFIXES))
    groups, strangers = group_by_stem(found, truth)
    pairs, alone, extra = [], [], list(strangers)
    for group in groups:
        matched = group.pairs()
        pairs += [
            ScoredPair(group.stem, predictions / image, masks / mask) for image, mask in matched
        ]
        if not matched:
            alone += group.images
            extra += group.masks
    result = Pairing(pairs, sorted(alone), sorted(extra))
    _require_partners(result, predictions, masks, unpaired)
    return result


def _list_maps(folder: Path, parameter: str, suffixes: Sequence[str]) -> list[str]:
    if not folder.is_dir():
        raise SourceError(
            f"`{parameter}` must be a folder.",
            received=f"{folder}, which {'is a file' if folder.exists() else 'does not exist'}",
            remedy=f"Name the folder: --params=scoring.predictions=…,{parameter}=….",
        )
    names = [
        str(path.relative_to(folder))
        for path in list_tree(folder)
        if path.suffix.lower() in suffixes
    ]
    if not names:
        raise SourceError(
            f"`{parameter}` must hold files that can be scored.",
            received=f"{folder}, without any of {', '.join(sorted(suffixes))}",
            remedy="Name the folder that holds them; its subfolders are looked into.",
        )
    return names


def _require_partners(result: Pairing, predictions: Path, masks: Path, unpaired: Unpaired) -> None:
    missing = (
        f"{_name(result.without_mask)} in {predictions} without a mask of their own; "
        f"{_name(result.without_prediction)} in {masks} without a prediction of their own"
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


def _name(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} ({shown}{more})" if names else "0"
