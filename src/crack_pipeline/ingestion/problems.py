"""Carry a problem with the table that it arose from, so that a report can be written before."""

import pandas as pd

from crack_pipeline import errors
from crack_pipeline.errors import CrackPipelineError
from crack_pipeline.ingestion.dividing import Division

_PROBLEM = "problem"


def note_problem(division: Division) -> pd.DataFrame:
    """Write a division's problem into the attributes of its table, which Parquet keeps.

    Args:
        division: Photos with their parts, as far as it went.

    Returns:
        The table.
    """
    photos, problem = division.photos.copy(), division.problem
    if problem is not None:
        photos.attrs[_PROBLEM] = {
            "kind": type(problem).__name__,
            "rule": problem.rule,
            "received": problem.received,
            "remedy": problem.remedy,
        }
    return photos


def read_problem(photos: pd.DataFrame) -> CrackPipelineError | None:
    """Read the problem back.

    Args:
        photos: As ``note_problem`` gives it.

    Returns:
        The error that should be raised; None where all went well.
    """
    noted = photos.attrs.get(_PROBLEM)
    if noted is None:
        return None
    kind: type[CrackPipelineError] = getattr(errors, noted["kind"])
    return kind(noted["rule"], received=noted["received"], remedy=noted["remedy"])


def raise_problem(photos: pd.DataFrame) -> None:
    """Raise the problem that a table carries.

    Args:
        photos: As ``note_problem`` gives it.

    Raises:
        CrackPipelineError: If there is one.
    """
    problem = read_problem(photos)
    if problem is not None:
        raise problem
