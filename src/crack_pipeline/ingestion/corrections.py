"""Decisions of the user about single photos, read from the CSV that the review writes."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import ParameterError
from crack_pipeline.ingestion.listing import join_names
from crack_pipeline.review_file import NEEDED, read_review_file

LEFT_OUT = "left out by the review list"
RELABELLED = "label_from_review"
LABEL_BEFORE = "label_before_review"
ACTIONS = ("", "keep", "leave_out", "crack", "no_crack")

_LABELS = {"crack": 1, "no_crack": 0}
_UNKNOWN_LABEL = -1
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Corrections:
    """Decisions about single photos.

    Attributes:
        leave_out: Ids that are set aside → the reason that the list gives, which may be empty.
        labels: Ids that get another label → 1 crack, 0 none.
    """

    leave_out: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)


def read_corrections(path: Path) -> Corrections:
    """Read a review list.

    Commas or semicolons between the columns, as spreadsheets write them.

    Args:
        path: A CSV; nobody has decided anything where there is none.

    Returns:
        The decisions in it; rows without action or with ``keep`` decide nothing.

    Raises:
        ParameterError: If it cannot be read, lacks a column, names an action that is unknown, or
            says two things of one photo.
    """
    if not path.exists():
        return Corrections()
    rows = _read_rows(path)
    decided = rows[~rows["action"].isin(["", "keep"])].drop_duplicates(["image_id", "action"])
    twice = decided.loc[decided["image_id"].duplicated(), "image_id"]
    if len(twice):
        raise ParameterError(
            "The review list must say one thing of each photo.",
            received=f"{twice.iloc[0]} with two actions in {path}",
            remedy="Keep one of its rows.",
        )
    left_out = decided[decided["action"] == "leave_out"]
    relabelled = decided[decided["action"].isin(_LABELS)]
    return Corrections(
        dict(zip(left_out["image_id"], left_out["reason"], strict=True)),
        dict(zip(relabelled["image_id"], relabelled["action"].map(_LABELS), strict=True)),
    )


def require_listed(corrections: Corrections, image_ids: Collection[str]) -> None:
    """Check that each decision is about a photo that is there.

    Args:
        corrections: The decisions.
        image_ids: Ids of all photos.

    Raises:
        ParameterError: If one is not; names the nearest that are.
    """
    known = set(image_ids)
    unknown = sorted({*corrections.leave_out, *corrections.labels} - known)
    if not unknown:
        return
    nearest = difflib.get_close_matches(unknown[0], known, n=_NAMED)
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    raise ParameterError(
        "Each image_id of the review list must be one that the source lists.",
        received=", ".join(unknown[:_NAMED]) + more,
        remedy=(f"Did you mean {' or '.join(nearest)}? " if nearest else "")
        + "Correct the row, or delete it if the photo is gone.",
    )


def label_before_review(photos: pd.DataFrame) -> pd.Series:
    """The labels that photos had before the user decided about some.

    Args:
        photos: One row a photo, with ``label`` and, where ``relabel`` saw them, ``LABEL_BEFORE``.

    Returns:
        Int8, missing where unknown.
    """
    if LABEL_BEFORE not in photos:
        return photos["label"]
    before = photos[LABEL_BEFORE].fillna(photos["label"])
    return before.mask(before == _UNKNOWN_LABEL)


def relabel(listing: pd.DataFrame, labels: Mapping[str, int]) -> pd.DataFrame:
    """Give photos the label that the user decided on, before their masks are checked.

    A photo with a mask that is said to show no crack gets an empty mask of its own, written to the
    primary layer; the file of the source stays as it is.

    Args:
        listing: One row a photo, as ``describe_listing`` gives it.
        labels: Id → label.

    Returns:
        The listing with these labels, noted as ``label_from_review`` where they differ; with
        ``LABEL_BEFORE``, missing where they do not, so that a decision moves no photo to another
        part.

    Raises:
        ParameterError: If a photo whose mask alone decides is said to show crack.
    """
    wanted = listing["image_id"].map(labels).astype("Int8")
    changed = wanted.notna() & (wanted != listing["label"]).fillna(value=True)
    has_mask = listing["mask_path"].notna() | (listing["mask_format"] != "image")
    _require_no_crack_without_mask(listing[changed & has_mask & (wanted == 1)])
    noted = join_names(listing["noted"], pd.Series(RELABELLED, listing.index, "string"))
    emptied = (wanted == 0).fillna(value=False) & has_mask
    # A mask is emptied because it held crack; whatever else had no label was of unknown label.
    unknown = pd.Series(_UNKNOWN_LABEL, listing.index, "Int8").mask(emptied, 1)
    return listing.assign(
        **{LABEL_BEFORE: listing["label"].fillna(unknown).where(changed)},
        label=wanted.fillna(listing["label"]),
        noted=listing["noted"].mask(changed, noted),
        mask_format=listing["mask_format"].mask(emptied, "empty"),
    )


def leave_out_listed(photos: pd.DataFrame, left_out: Mapping[str, str]) -> pd.DataFrame:
    """Set aside what the user does not want.

    Args:
        photos: One row a photo, with ``image_id`` and ``reason``.
        left_out: Id → why.

    Returns:
        The rows with their reasons; one that was set aside before keeps its reason.
    """
    why = photos["image_id"].map(left_out)
    concerned = why.notna() & (photos["reason"] == "")
    reasons = why[concerned].map(lambda text: f"{LEFT_OUT}: {text}" if text else LEFT_OUT)
    return photos.assign(reason=photos["reason"].mask(concerned, reasons.astype("string")))


def _read_rows(path: Path) -> pd.DataFrame:
    rows = read_review_file(path, (*NEEDED, "reason")).rows
    if "reason" not in rows.columns:
        rows["reason"] = ""
    actions = rows["action"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    _require_known_actions(rows.assign(known=actions.isin(ACTIONS)), path)
    return rows.assign(action=actions)


def _require_known_actions(rows: pd.DataFrame, path: Path) -> None:
    unknown = rows[~rows["known"]]
    if unknown.empty:
        return
    first = unknown.iloc[0]
    nearest = difflib.get_close_matches(first["action"].lower(), ACTIONS, n=1)
    raise ParameterError(
        "Each action of the review list must be empty, keep, leave_out, crack or no_crack.",
        received=f"{first['action']!r} for {first['image_id']} in {path}",
        remedy=f"Did you mean {nearest[0]}?" if nearest else "Correct the row.",
    )


def _require_no_crack_without_mask(photos: pd.DataFrame) -> None:
    only_mask = photos[photos["label"].isna()]
    if only_mask.empty:
        return
    raise ParameterError(
        "Of a photo with a mask, the mask says where the crack is: `crack` cannot say that.",
        received=f"crack for {only_mask['image_id'].iloc[0]} in the review list",
        remedy="Draw its mask, or choose keep or leave_out.",
    )
