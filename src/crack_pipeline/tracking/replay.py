"""Log what waits in the outbox because a store did not answer."""

import logging
from pathlib import Path

from crack_pipeline.errors import TrackingError
from crack_pipeline.tracking.journal import Journal, list_journals
from crack_pipeline.tracking.recorder import REPLAY_COMMAND, deliver, open_run
from crack_pipeline.tracking.store import ORIGINAL_RUN_TAG, StoreUnreachableError, TrackingStore

logger = logging.getLogger(__name__)

OUTBOX = "outbox"
"""Folder of journals, in the project."""


def replay_outbox(outbox: Path, store: TrackingStore) -> list[str]:
    """Log every journal of an ended process, each once.

    Args:
        outbox: Folder of journals.
        store: Where to.

    Returns:
        Ids of the runs, oldest first.

    Raises:
        TrackingError: If the store does not answer; what has arrived is not sent again.
    """
    run_ids = []
    for journal in list_journals(outbox):
        name = journal.header["name"]
        try:
            run_id = replay(journal, store)
        except StoreUnreachableError as error:
            raise TrackingError(
                "The tracking store must answer to log what waits in the outbox.",
                received=f"{store.uri}: {error}",
                remedy=f"Start the server and run `{REPLAY_COMMAND}` again, or log to the "
                f"project's own store with `{REPLAY_COMMAND} --local`.",
            ) from error
        run_ids.append(run_id)
        logger.info("Logged %s to %s as run %s", name, store.uri, run_id)
    return run_ids


def replay(journal: Journal, store: TrackingStore) -> str:
    """Log one journal, then remove it.

    Args:
        journal: The journal.
        store: Where to.

    Returns:
        Id of the run in this store.

    Raises:
        StoreUnreachableError: If the store does not answer.
        TrackingError: If it adds to a run that this store does not have.
    """
    store.open()
    _close_if_killed(journal)
    run_id = _find_attached(journal, store) or open_run(journal, store)
    moved_from = _original_run_id(journal, store)
    deliver(journal, store, run_id)
    if moved_from is not None:
        store.send(run_id, {"kind": "tags", "values": {ORIGINAL_RUN_TAG: moved_from}}, journal)
    journal.remove()
    return run_id


def close_interrupted_runs(outbox: Path, store: TrackingStore) -> None:
    """Complete and end the runs of this store whose process is gone; mention what else waits.

    Args:
        outbox: Folder of journals.
        store: The store, open.
    """
    waiting = 0
    for journal in list_journals(outbox):
        name = journal.header["name"]
        try:
            if journal.confirmed(store.uri) is None:
                waiting += 1
            else:
                replay(journal, store)
                logger.info("Completed the record of the interrupted run %s", name)
        except (StoreUnreachableError, TrackingError):
            waiting += 1
    if waiting:
        logger.info("Runs that wait in %s: %d. Log them with `%s`", outbox, waiting, REPLAY_COMMAND)


def _close_if_killed(journal: Journal) -> None:
    if journal.header["attached_to"] is not None:
        return
    if not any(record["kind"] == "end" for record in journal.records()):
        journal.append({"kind": "end", "status": "KILLED", "time_ms": journal.last_change_ms()})


def _find_attached(journal: Journal, store: TrackingStore) -> str | None:
    attached_to = journal.header["attached_to"]
    if attached_to is None:
        return None
    found = store.find_run(attached_to)
    if found is None:
        raise TrackingError(
            "What was recorded of a model goes to the run of its training.",
            received=f"no run {attached_to} in {store.uri}",
            remedy=f"Log it to the store that has the run, or delete the journal {journal.folder}.",
        )
    return found.run_id


def _original_run_id(journal: Journal, store: TrackingStore) -> str | None:
    first_uri = journal.header["uri"]
    if first_uri == store.uri:
        return None
    begun = journal.confirmed(first_uri)
    return None if begun is None else begun[0]
