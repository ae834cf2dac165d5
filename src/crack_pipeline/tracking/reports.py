"""Evaluation reports that runs keep, found by the run's id, a part of it, or its name."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crack_pipeline.comparing.evaluated_run import read_report_file
from crack_pipeline.errors import ParameterError, TrackingError
from crack_pipeline.tracking.store import FoundRun, StoreUnreachableError, TrackingStore
from crack_pipeline.wording.suggestions import nearest_names

_PLACE, _FILE = "reports", "evaluation_report.json"
_LEAST_OF_AN_ID = 4
_PAGE = 1000
_SHOWN = 3
_FINISHED = "FINISHED"


_stores: tuple[TrackingStore, ...] = ()


def use_stores(wanted: TrackingStore, local: TrackingStore) -> None:
    """Look for runs in these stores from now on.

    Args:
        wanted: The store that is configured.
        local: The project's own one, which takes runs when the other does not answer.
    """
    global _stores
    _stores = (wanted,) if wanted.uri == local.uri else (wanted, local)


def wanted_store() -> TrackingStore | None:
    """The store that is configured; None outside of a project."""
    return _stores[0] if _stores else None


def fetch_report(reference: str) -> tuple[FoundRun, dict[str, Any]]:
    """Fetch the evaluation report of a run.

    Args:
        reference: Id of the run, the first characters of the id if no other has them, or the name
            of the run.

    Returns:
        The run, and what its report holds.

    Raises:
        ParameterError: If there is no such run, or several.
        TrackingError: If the store does not answer, or the run keeps no evaluation report.
    """
    instead = f"the path of an {_FILE}"
    run, store = find_run(reference, instead=instead)
    with _answering(instead):
        return run, _download(run, store)


def find_run(reference: str, *, instead: str) -> tuple[FoundRun, TrackingStore]:
    """Find a run in the stores.

    Args:
        reference: Its id, the beginning of its id, or its name.
        instead: What can be given in its place, for errors.

    Returns:
        The run, and the store that has it.

    Raises:
        ParameterError: If there is no such run, or several.
        TrackingError: If a store does not answer.
    """
    listed: list[FoundRun] = []
    silent: StoreUnreachableError | None = None
    for store in filter(_is_there, _stores):
        try:
            found = store.find_run(reference)
            runs = [] if found else _list_runs(store)
            found = found or _find_named(reference, runs)
            if found is not None:
                return found, store
            listed += runs
        except StoreUnreachableError as error:
            silent = silent or error
    if silent is not None:
        with _answering(instead):
            raise silent
    raise _unknown_run(reference, listed, instead)


@contextmanager
def _answering(instead: str) -> Iterator[None]:
    try:
        yield
    except StoreUnreachableError as error:
        raise TrackingError(
            "The tracking store must answer to fetch what a run keeps.",
            received=str(error),
            remedy=f"Start the server, or give {instead} in place of the run.",
        ) from error


def _is_there(store: TrackingStore) -> bool:
    """False where there can be no runs: asking for a missing database would make one."""
    file = store.uri.removeprefix("sqlite:///")
    return file == store.uri or Path(file).is_file()


def _find_named(reference: str, runs: Sequence[FoundRun]) -> FoundRun | None:
    """The run that is called so, or whose id begins so."""
    is_long = len(reference) >= _LEAST_OF_AN_ID
    matches = [
        run
        for run in runs
        if run.name == reference or (is_long and run.run_id.startswith(reference))
    ]
    if len(matches) > 1:
        raise ParameterError(
            "The name or the first characters of a run must belong to one run only.",
            received=f"{reference}: {_show(matches)}",
            remedy="Give the whole id of the one that you mean.",
        )
    return matches[0] if matches else None


def _list_runs(store: TrackingStore) -> list[FoundRun]:
    """All runs of a store, the last one first."""
    runs: list[FoundRun] = []
    with store.asked() as client:
        experiment = client.get_experiment_by_name(store.experiment)
        token = None
        while experiment is not None:
            page = client.search_runs(
                [experiment.experiment_id], max_results=_PAGE, page_token=token
            )
            runs += [FoundRun.of(run) for run in page]
            token = page.token
            if not token:
                break
    return runs


def _download(run: FoundRun, store: TrackingStore) -> dict[str, Any]:
    path = f"{_PLACE}/{_FILE}"
    with tempfile.TemporaryDirectory() as folder:
        with store.asked() as client:
            kept = [file.path for file in client.list_artifacts(run.run_id, _PLACE)]
            file = client.download_artifacts(run.run_id, path, folder) if path in kept else None
        content = read_report_file(Path(file)) if file else None
    if content is None:
        raise TrackingError(
            "Only a run with an evaluation report can be compared.",
            received=f"run {run.name} ({run.run_id}) without {path}",
            remedy="Choose a run of `train`, or one whose model `evaluate` measured; the child "
            "runs of several trainings keep none.",
        )
    return content


def _unknown_run(reference: str, runs: Sequence[FoundRun], instead: str) -> ParameterError:
    if not runs:
        where = ", ".join(store.uri for store in _stores) or "no store"
        return ParameterError(
            "A run must be in the tracking store of this project.",
            received=f"{reference}; there is no run in {where}",
            remedy=f"Train a model first, or give {instead}.",
        )
    if len(reference) < _LEAST_OF_AN_ID:
        return ParameterError(
            f"The beginning of a run's id needs at least {_LEAST_OF_AN_ID} characters.",
            received=reference,
            remedy=f"Give more of it, or the name of the run. {_show_last(runs)}",
        )
    names = {name: run for run in reversed(runs) for name in (run.run_id, run.name)}
    nearest = dict.fromkeys(names[name] for name in nearest_names(reference, names))
    meant = f"Did you mean {_show(list(nearest))}? " if nearest else ""
    return ParameterError(
        "A run must be in the tracking store of this project.",
        received=reference,
        remedy=f"{meant}{_show_last(runs)} Or give {instead}.",
    )


def _show_last(runs: Sequence[FoundRun]) -> str:
    # Runs that were cut short seldom keep a report; they are named where there are no others.
    finished = [run for run in runs if run.status == _FINISHED]
    return f"The last runs: {_show(finished or runs)}. `kedro mlflow ui` shows all."


def _show(runs: Sequence[FoundRun]) -> str:
    marks = ["" if run.status == _FINISHED else f", {run.status.lower()}" for run in runs]
    shown = [f"{run.run_id} ({run.name}{mark})" for run, mark in zip(runs, marks, strict=True)]
    return ", ".join(shown[:_SHOWN])
