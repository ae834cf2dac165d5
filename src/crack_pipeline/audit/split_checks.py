"""Is anything in test known from train or validation, and are there enough test photos?"""

import numpy as np
import pandas as pd

from crack_pipeline.audit.findings import Finding, judge, leave_open
from crack_pipeline.audit.near_copies import NearCopy, find_near_copies
from crack_pipeline.audit.photo_features import PhotoFeatures
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.splits.symmetries import IDENTITY, SYMMETRY_NAMES
from crack_pipeline.wording.phrases import count_of, name_some

_OTHER_SPLITS = "train or validation"


def check_exact_copies(rows: pd.DataFrame) -> Finding:
    """Test photos whose bytes are those of a train or validation photo.

    Args:
        rows: Usable rows of the manifest.

    Returns:
        The finding, by ``sha256``.
    """
    check = "exact copies between splits"
    if rows["sha256"].isna().all():
        return leave_open(check, "The manifest holds no digests of the photos.")
    ids = _find_crossing(rows, "sha256")
    if not ids:
        n_test = int((rows["split"] == "test").sum())
        short = f"None of the {n_test} test photos is a copy of a {_OTHER_SPLITS} photo."
        return judge(check, short, is_doubtful=False)
    are = "is" if len(ids) == 1 else "are"
    short = f"{count_of(len(ids), 'test photo')} {are} byte for byte in {_OTHER_SPLITS} too."
    return judge(check, short, f"{name_some(ids)}.", is_doubtful=True)


def check_groups(rows: pd.DataFrame) -> list[Finding]:
    """Groups and source photos that stand in test and in another split.

    Args:
        rows: Usable rows of the manifest.

    Returns:
        A finding for ``group_id`` and one for ``photo_id``.
    """
    return [
        _check_shared(rows, "group_id", "groups between splits", "group"),
        _check_shared(rows, "photo_id", "source photos between splits", "source photo"),
    ]


def check_near_copies(rows: pd.DataFrame, seen: PhotoFeatures, settings: AuditSettings) -> Finding:
    """Test photos that show what a train or validation photo shows, also flipped or turned.

    Args:
        rows: Usable rows of the manifest, index from 0.
        seen: Those of them that were read.
        settings: When two photos count as near-duplicates.

    Returns:
        The finding.
    """
    check = "near-duplicates between splits"
    splits = set(seen.rows["split"])
    if "test" not in splits or len(splits) == 1:
        return leave_open(check, f"The photos cannot be read: {name_some(seen.unread)}.")
    found = find_near_copies(rows, seen, settings)
    scope = f"{len(seen.rows)} of {len(rows)} photos were compared, also flipped and turned"
    if len(seen.rows) < len(rows):
        scope += ", the others by their hashes"
    if not found:
        short = f"No test photo shows what a {_OTHER_SPLITS} photo shows."
        return judge(check, short, f"{scope}.", is_doubtful=False)
    show = "shows" if len(found) == 1 else "show"
    short = f"{count_of(len(found), 'test photo')} {show} what a {_OTHER_SPLITS} photo shows."
    evidence = f"{name_some([_describe(one) for one in found])}. {scope}."
    return judge(check, short, evidence, is_doubtful=True)


def check_sources(rows: pd.DataFrame, settings: AuditSettings) -> Finding:
    """Count the source photos of test.

    Args:
        rows: Usable rows of the manifest.
        settings: How many are too few.

    Returns:
        The finding.
    """
    test = rows[rows["split"] == "test"]
    n_groups = int(test["group_id"].fillna(test["image_id"]).nunique())
    check, photos = "number of source photos", count_of(len(test), "photo")
    sources = count_of(n_groups, "independent source photo")
    if n_groups >= settings.min_groups:
        return judge(check, f"Test holds {photos} of {sources}.", is_doubtful=False)
    short = f"Test holds only {sources}: too few for any claim about other photos."
    evidence = f"It holds {photos} of them; at least {settings.min_groups} are needed."
    return judge(check, short, evidence, is_doubtful=True)


def check_classes(rows: pd.DataFrame) -> Finding:
    """Count the photos of test with crack and without.

    Args:
        rows: Usable rows of the manifest.

    Returns:
        The finding; photos without crack that are missing leave a question open only.
    """
    check = "both classes in test"
    labels = rows.loc[rows["split"] == "test", "label"]
    n_crack, n_free = int((labels == 1).sum()), int((labels == 0).sum())
    if n_crack == 0:
        short = f"None of the {len(labels)} test photos shows crack: nothing could be found."
        return judge(check, short, is_doubtful=True)
    if n_free == 0:
        return leave_open(
            check,
            f"All {n_crack} test photos show crack, so that false alarms on sound surfaces are "
            "not measured.",
        )
    short = f"Test holds {n_crack} photos with crack and {n_free} without."
    return judge(check, short, is_doubtful=False)


def _check_shared(rows: pd.DataFrame, column: str, check: str, noun: str) -> Finding:
    if rows[column].isna().all():
        return leave_open(check, f"The manifest names no {noun}.")
    ids = _find_crossing(rows, column)
    if not ids:
        short = f"No {noun} is both in test and in {_OTHER_SPLITS}."
        return judge(check, short, is_doubtful=False)
    crossing = rows.loc[rows["image_id"].isin(ids), column].nunique()
    are = "is" if crossing == 1 else "are"
    short = (
        f"{count_of(crossing, noun)} {are} both in test and in {_OTHER_SPLITS}, with "
        f"{count_of(len(ids), 'test photo')}."
    )
    return judge(check, short, f"{name_some(ids)}.", is_doubtful=True)


def _find_crossing(rows: pd.DataFrame, column: str) -> list[str]:
    """Ids of the test photos whose value another split has too."""
    is_test = (rows["split"] == "test").to_numpy(bool)
    elsewhere = rows.loc[~is_test, column].dropna()
    crossing = is_test & rows[column].isin(elsewhere).to_numpy(bool)
    return rows.loc[np.flatnonzero(crossing), "image_id"].astype(str).tolist()


def _describe(copy: NearCopy) -> str:
    pose = "" if copy.pose == SYMMETRY_NAMES[IDENTITY] else f", {copy.pose}"
    return f"{copy.test_id} ({copy.other_id}{pose})"
