"""The table that the user edits: what was found, and what is to be done about it.

The user's own: ``action``, and every column that is not in ``COLUMNS``. A row that holds one of
these stays as long as the file does.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import OK
from crack_pipeline.storage import explain_write_errors, write_bytes_aside

COLUMNS = ("image_id", "rank", "score", "reason", "action", "note")
ACTIONS = ("keep", "leave_out", "crack", "no_crack")

_GONE = "not in the manifest any more"
_REVIEW_RULE = "The review table must be a CSV with the columns image_id and action."


@dataclass(frozen=True, slots=True, eq=False)
class ReviewTable:
    """A review table as it lies on disk.

    Attributes:
        rows: Text in every cell; the columns of ``COLUMNS`` first, then the user's own.
        separator: Comma, or semicolon as some spreadsheets write.
    """

    rows: pd.DataFrame
    separator: str = ","


def read_review_table(path: Path) -> ReviewTable:
    """Read the table, however a spreadsheet has saved it.

    Args:
        path: The CSV; there may be none yet.

    Returns:
        Its rows; none where there is no file.

    Raises:
        ManifestError: If it cannot be read, or lacks the columns ``image_id`` and ``action``.
    """
    if not path.exists():
        return ReviewTable(pd.DataFrame(columns=list(COLUMNS), dtype="string"))
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        separator = ";" if header.count(";") > header.count(",") else ","
        rows = pd.read_csv(io.StringIO(text), sep=separator, dtype="string", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise _refuse(path, " ".join(str(error).split())) from error
    rows.columns = rows.columns.str.strip()
    known = {name: name.lower() for name in rows.columns if name.lower() in COLUMNS}
    rows = rows.rename(columns=known)
    if not {"image_id", "action"} <= set(rows.columns):
        raise _refuse(path, f"the columns {', '.join(rows.columns)}")
    own = [name for name in rows.columns if name not in COLUMNS]
    return ReviewTable(rows.reindex(columns=[*COLUMNS, *own], fill_value=""), separator)


def merge_review(
    table: ReviewTable, ranked: pd.DataFrame, manifest: pd.DataFrame, *, worst: int
) -> ReviewTable:
    """Bring new findings into the table without losing what the user wrote.

    Args:
        table: The table as it is.
        ranked: From ``rank_photos``, the worst first.
        manifest: A validated manifest.
        worst: How many photos to list that nobody has decided about.

    Returns:
        The table: by rank, then the rows of photos that are not ranked any more. Rows that the
        user wrote in keep their reason; their rank, score and note are renewed.
    """
    old = table.rows
    own = [name for name in old.columns if name not in COLUMNS]
    written = (old[["action", *own]].fillna("") != "").any(axis=1)
    kept = old[written].assign(image_id=old.loc[written, "image_id"].str.strip())
    decided = set(kept.loc[kept["action"].str.strip() != "", "image_id"])
    found = _as_text(ranked).set_index("image_id")
    listed = found[~found.index.isin(decided) & (ranked["score"] > 0).to_numpy()].head(worst)
    new = listed[~listed.index.isin(kept["image_id"])].reset_index()
    renewed = kept.assign(
        rank=kept["image_id"].map(found["rank"]).fillna(""),
        score=kept["image_id"].map(found["score"]).fillna(kept["score"]),
        note=_describe_state(kept["image_id"], manifest),
    )
    rows = pd.concat([renewed, new]).reindex(columns=[*COLUMNS, *own]).fillna("").astype("string")
    order = pd.to_numeric(rows["rank"], errors="coerce")
    rows = rows.assign(_order=order).sort_values("_order", kind="stable", na_position="last")
    return ReviewTable(rows.drop(columns="_order").reset_index(drop=True), table.separator)


def write_review_table(path: Path, table: ReviewTable) -> None:
    """Write the table; what was there before stays as ``review_previous.csv`` beside it.

    Args:
        path: The CSV.
        table: Its content.

    Raises:
        StorageError: If it cannot be written; the old one is then untouched.
    """
    text = table.rows.to_csv(index=False, sep=table.separator, lineterminator="\n")
    # With the mark that spreadsheets need to tell UTF-8.
    content = text.encode("utf-8-sig")
    with explain_write_errors("The review table is written where the user edits it.", path.parent):
        previous = path.read_bytes() if path.exists() else content
        if previous != content:
            write_bytes_aside(path.with_name(f"{path.stem}_previous{path.suffix}"), previous)
        write_bytes_aside(path, content)


def _as_text(ranked: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": ranked["image_id"].astype("string"),
            "rank": ranked["rank"].astype("string"),
            "score": ranked["score"].map("{:.3f}".format).astype("string"),
            "reason": ranked["reason"].astype("string"),
        }
    )


def _describe_state(image_ids: pd.Series, manifest: pd.DataFrame) -> pd.Series:
    states = manifest.set_index("image_id")
    notes = ("set aside: " + states["reason"]).where(states["status"] != OK, "")
    return image_ids.map(notes).fillna(_GONE)


def _refuse(path: Path, received: str) -> ManifestError:
    return ManifestError(
        _REVIEW_RULE,
        received=f"{received} in {path}",
        remedy="Save it as CSV in UTF-8 with its first line, or move it away: a new one is made.",
    )
