"""The recorder of one run: into the journal first, then to the store."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crack_pipeline.tracking.journal import Header, Journal, Record, read_journals
from crack_pipeline.tracking.selection import finite_metrics
from crack_pipeline.tracking.store import StoreUnreachableError, TrackingStore

logger = logging.getLogger(__name__)

REPLAY_COMMAND = "kedro tracking replay"
PARENT_RUN_TAG = "mlflow.parentRunId"
"""By this tag MLflow's UI shows a run below another one."""


@dataclass(frozen=True)
class RunPlan:
    """Facts of a run before it is open.

    Attributes:
        name: What the UI shows.
        tags: Its first tags.
        attached_to: Id of the run to add to; None makes a run.
        parent: Journal of the run that this one is a part of; None for none.
        parent_run_id: Id of that run in the store; None while it is not known.
    """

    name: str
    tags: dict[str, str]
    attached_to: str | None = None
    parent: str | None = None
    parent_run_id: str | None = None


class Recorder:
    """Records a run; when the store is gone it keeps the journal and says so once.

    Args:
        plan: The run.
        store: Where it goes.
        outbox: Folder of journals.
    """

    def __init__(self, plan: RunPlan, store: TrackingStore, outbox: Path) -> None:
        self._store = store
        self._plan = plan
        self._run_id: str | None = plan.attached_to
        self._is_lost = False
        self._is_closed = False
        self.journal = Journal.create(
            outbox,
            {
                "name": plan.name,
                "tags": plan.tags,
                "attached_to": plan.attached_to,
                "parent": plan.parent,
                "parent_run_id": plan.parent_run_id,
                "started_ms": now_ms(),
                "uri": store.uri,
                "opened": False,
            },
        )

    @property
    def name(self) -> str:
        """Name of the run."""
        return self._plan.name

    @property
    def is_new(self) -> bool:
        """True if it makes a run, rather than adding to one."""
        return self._plan.attached_to is None

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None before it is open, or if it never was."""
        return self._run_id

    @property
    def viewing_command(self) -> str:
        """Command that shows the run."""
        return self._store.viewing_command

    @property
    def address(self) -> str:
        """Address of the run's page."""
        return self._store.address(self._run_id)

    @property
    def is_lost(self) -> bool:
        """True if the store has gone, so that only the journal is written."""
        return self._is_lost

    def open(self) -> None:
        """Open the run, and send what was recorded before."""
        self.journal.update_header({"opened": True})
        try:
            self._run_id = open_run(self.journal, self._store)
            deliver(self.journal, self._store, self._run_id)
        except StoreUnreachableError as error:
            self._lose(error)

    def open_child(self, name: str, tags: dict[str, str]) -> "Recorder":
        """Open a run that is a part of this one, in the same store.

        Args:
            name: What the UI shows.
            tags: Its first tags.

        Returns:
            Its recorder. Where the store is gone already, it writes only its journal.
        """
        outbox, parent = self.journal.folder.parent, self.journal.folder.name
        plan = RunPlan(name, tags, parent=parent, parent_run_id=self._run_id)
        child = Recorder(plan, self._store, outbox)
        if self._is_lost:  # neither asked again nor told again
            child._is_lost = True
            child.journal.update_header({"opened": True})
        else:
            child.open()
        return child

    def record_parameters(self, parameters: dict[str, str]) -> None:
        """Record flat parameters."""
        self._record({"kind": "params", "values": parameters})

    def record_tags(self, tags: dict[str, str]) -> None:
        """Record tags."""
        self._record({"kind": "tags", "values": {name: str(tags[name]) for name in tags}})

    def record_metrics(self, metrics: dict[str, Any], *, step: int = 0) -> None:
        """Record numbers at a step; what is no finite number is left out."""
        values = finite_metrics(metrics)
        self._record({"kind": "metrics", "values": values, "step": step, "time_ms": now_ms()})

    def record_dataset(self, facts: dict[str, str]) -> None:
        """Record which photos are learnt from.

        Args:
            facts: ``name``, ``digest``, ``source_type``, ``source`` and ``profile``, as MLflow
                calls them.
        """
        self._record({"kind": "dataset", **facts})

    def record_artifact(self, path: Path, place: str) -> None:
        """Record a file.

        Args:
            path: The file; copied, since later runs overwrite it.
            place: Folder among the run's artifacts.
        """
        self._record({"kind": "artifact", "place": place}, files={"file": path})

    def record_model(self, path: Path, example: Path, **details: Any) -> None:
        """Record a saved model.

        Args:
            path: Its ``.keras`` file.
            example: A ``.npy`` file of one input.
            **details: ``interface``, ``requirements`` and ``takes``.
        """
        self._record({"kind": "model", **details}, files={"file": path, "example": example})

    def record_model_file(self, path: Path) -> None:
        """Record a file that belongs to the run's model, such as ``decision.json``."""
        self._record({"kind": "model_file"}, files={"file": path})

    def close(self, status: str) -> None:
        """End the run; the journal goes once all of it has arrived.

        Args:
            status: ``FINISHED``, ``FAILED`` or ``KILLED``.
        """
        if self._is_closed:
            return
        self._is_closed = True
        if self._plan.attached_to is None:
            self._record({"kind": "end", "status": status, "time_ms": now_ms()})
        if self._is_lost:
            logger.warning(
                "The run %s is kept whole in %s. Log it later with `%s`.",
                self.name,
                self.journal.folder,
                REPLAY_COMMAND,
            )
        else:
            self.journal.remove()

    def discard(self) -> None:
        """Forget a run that was planned and never opened."""
        self._is_closed = True
        self.journal.remove()

    def _record(self, record: Record, *, files: Mapping[str, Path] | None = None) -> None:
        try:
            kept = {name: self.journal.keep_file(path) for name, path in (files or {}).items()}
            self.journal.append({**record, **kept})
        except OSError as error:
            # A full disk ends the training by itself; recording it must not.
            logger.warning("%s of the run cannot be kept: %s", record["kind"], error)
            return
        if self._run_id is None or self._is_lost:
            return
        try:
            deliver(self.journal, self._store, self._run_id)
        except StoreUnreachableError as error:
            self._lose(error)

    def _lose(self, error: StoreUnreachableError) -> None:
        self._is_lost = True
        logger.warning(
            "The tracking store %s stopped taking records (%s). The run goes on; all of it is "
            "kept in %s, to be logged later with `%s`.",
            self._store.uri,
            error,
            self.journal.folder,
            REPLAY_COMMAND,
        )


def open_run(journal: Journal, store: TrackingStore) -> str:
    """Find the run that a journal goes to, or make it.

    Args:
        journal: The journal.
        store: The store.

    Returns:
        Id of the run in this store.

    Raises:
        StoreUnreachableError: If the store does not answer.
    """
    header = journal.header
    if header["attached_to"] is not None:
        return str(header["attached_to"])
    begun = journal.confirmed(store.uri)
    if begun is not None:
        return begun[0]
    tags = {**header["tags"], **_parent_tag(header, store)}
    run_id = store.create_run(header["name"], tags, int(header["started_ms"]))
    journal.confirm(store.uri, run_id, 0)
    _tell_parts(journal, run_id)
    return run_id


def _parent_tag(header: Header, store: TrackingStore) -> dict[str, str]:
    parent_run_id = header.get("parent_run_id")
    if parent_run_id is None:
        return {}
    # The parent may have got another id if it was logged later, to another store.
    found = None if header["uri"] == store.uri else store.find_run(parent_run_id)
    return {PARENT_RUN_TAG: parent_run_id if found is None else found.run_id}


def _tell_parts(journal: Journal, run_id: str) -> None:
    # Parts that wait in the outbox were begun before this run had an id.
    for part in read_journals(journal.folder.parent):
        if part.header.get("parent") == journal.folder.name:
            part.update_header({"parent_run_id": run_id})


def deliver(journal: Journal, store: TrackingStore, run_id: str) -> None:
    """Send what a store has not got yet.

    Args:
        journal: The journal.
        store: The store.
        run_id: The run in it.

    Raises:
        StoreUnreachableError: If it stops answering; what arrived is noted.
    """
    begun = journal.confirmed(store.uri)
    n_sent = 0 if begun is None else begun[1]
    for number, record in enumerate(journal.records()[n_sent:], start=n_sent + 1):
        store.send(run_id, record, journal)
        journal.confirm(store.uri, run_id, number)


def now_ms() -> int:
    """The time in ms since 1970."""
    return int(time.time() * 1000)
