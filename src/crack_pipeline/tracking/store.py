"""A tracking store: where runs are recorded. Imports MLflow when it is opened."""

import logging
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_pipeline.task_specs import task_names
from crack_pipeline.tracking.journal import Journal, Record

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

PROBE_SECONDS = 3.0
LOCAL_FILE = "mlflow.db"
"""The project's own store, in its folder."""

ORIGINAL_RUN_TAG = "original_run_id"
"""On a run that was logged later, in another store: the id it had before."""

_DESCRIPTION = (
    "Networks that find cracks in photos of walls, roads and bridges. Each run is one training of "
    "this project: its parameters, curves, scores on test photos, figures and model. The tag "
    "`changed` tells how a run differs from the defaults; charts begin with the scores on test "
    "photos. Runs of several trainings have their parts below them."
)
_EXPERIMENT_TAGS = {
    "mlflow.note.content": _DESCRIPTION,
    "mlflow.experimentKind": "custom_model_development",
    "project": "crack_pipeline",
    "tasks": ", ".join(task_names()),
}
LOCAL_PAGE = "http://127.0.0.1:5000"
_AS_MODELS = "?workflowType=machine_learning"
"""Without it a browser that sees MLflow for the first time shows its pages for language models."""

_LONGEST_DIGEST = 36
_MOST_IN_A_BATCH = 100
_REFUSALS = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "MALFORMED_REQUEST"}
_PATIENCE = {
    # A server that is gone should cost seconds: what it misses is in the journal.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
}


@dataclass(frozen=True)
class FoundRun:
    """A run in a store.

    Attributes:
        run_id: Its id there.
        name: What people call it.
        status: ``FINISHED``, ``RUNNING``, ``FAILED`` …, in MLflow's words.
    """

    run_id: str
    name: str
    status: str = "FINISHED"

    @classmethod
    def of(cls, run: Any) -> "FoundRun":
        """The run of MLflow."""
        return cls(run.info.run_id, run.info.run_name or "", run.info.status)


class StoreUnreachableError(Exception):
    """The store did not take a record; what it lacks is in the journal."""


@dataclass
class TrackingStore:
    """Sends records to MLflow; knows neither Kedro nor the global state of ``mlflow``.

    Attributes:
        uri: Absolute address of the store.
        experiment: Name of the experiment; made where it is missing.
        artifact_location: Where a new experiment keeps files; None lets the server decide.
        is_fallback: Whether it stands in for the configured one, which ``kedro mlflow ui`` shows.
        local_page: Address of the page that ``kedro mlflow ui`` serves.
    """

    uri: str
    experiment: str
    artifact_location: str | None = None
    is_fallback: bool = False
    local_page: str = LOCAL_PAGE
    _experiment_id: str = field(default="", init=False, repr=False)
    _client: "MlflowClient | None" = field(default=None, init=False, repr=False)

    @property
    def is_server(self) -> bool:
        """True for a store that is reached over HTTP."""
        return self.uri.startswith(("http://", "https://"))

    @property
    def viewing_command(self) -> str:
        """Command that shows its runs."""
        return (
            f"mlflow ui --backend-store-uri '{self.uri}'" if self.is_fallback else "kedro mlflow ui"
        )

    def address(self, run_id: str | None = None) -> str:
        """Address of the table of runs, or of one run, as a page of trained models.

        Args:
            run_id: Of the run; None for the table.
        """
        page = self.uri.rstrip("/") if self.is_server else self.local_page
        if not self._experiment_id:
            return f"{page}/#/experiments{_AS_MODELS}"
        run = f"/{run_id}" if run_id else ""
        return f"{page}/#/experiments/{self._experiment_id}/runs{run}{_AS_MODELS}"

    @property
    def _file(self) -> Path:
        return Path(self.uri.removeprefix("sqlite:///"))

    @property
    def client(self) -> "MlflowClient":
        """The client of this store alone."""
        if self._client is None:
            for name, value in _PATIENCE.items():
                os.environ.setdefault(name, value)
            from mlflow import MlflowClient

            self._client = MlflowClient(tracking_uri=self.uri)
        return self._client

    @contextmanager
    def asked(self) -> Iterator["MlflowClient"]:
        """Ask the store, which must answer; yields its client.

        Raises:
            StoreUnreachableError: For whatever goes wrong: it must not cost the training that is
                recorded.
        """
        if self.is_server and not answers(self.uri):
            raise StoreUnreachableError(f"no answer within {PROBE_SECONDS:.0f} s")
        # MLflow would try for minutes to open a file that it may not write.
        if self.uri.startswith("sqlite:///") and not is_writable(self._file):
            raise StoreUnreachableError("no permission to write it")
        try:
            yield self.client
        except Exception as error:
            raise StoreUnreachableError(f"{type(error).__name__}: {error}") from error

    def open(self) -> None:
        """Reach the store and its experiment.

        Raises:
            StoreUnreachableError: If it does not answer, or refuses.
        """
        with self.asked() as client:
            self._find_experiment(client)

    def find_experiment(self) -> None:
        """Look the experiment up, so that ``address`` leads to its runs; makes nothing.

        Raises:
            StoreUnreachableError: If the store does not answer.
        """
        if self.uri.startswith("sqlite:///") and not self._file.is_file():
            return
        with self.asked() as client:
            found = client.get_experiment_by_name(self.experiment)
        self._experiment_id = "" if found is None else str(found.experiment_id)

    def create_run(self, name: str, tags: dict[str, str], started_ms: int) -> str:
        """Open a run.

        Args:
            name: What the UI shows.
            tags: Its first tags.
            started_ms: When it began, in ms since 1970.

        Returns:
            Its id.

        Raises:
            StoreUnreachableError: If the store does not answer, or refuses.
        """
        with self.asked() as client:
            experiment_id = self._find_experiment(client)
            run = client.create_run(experiment_id, start_time=started_ms, tags=tags, run_name=name)
        return str(run.info.run_id)

    def find_run(self, run_id: str) -> "FoundRun | None":
        """Find a run by its id here, or by the id that it had in another store.

        Args:
            run_id: The id looked for.

        Returns:
            The run; None if there is no such run.

        Raises:
            StoreUnreachableError: If the store does not answer.
        """
        with self.asked():
            found = self._get_run(run_id) or self._get_moved_run(run_id)
        if found is None:
            return None
        self._experiment_id = str(found.info.experiment_id)
        return FoundRun.of(found)

    def _get_run(self, run_id: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return self.client.get_run(run_id)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", *_REFUSALS):
                return None
            raise

    def _get_moved_run(self, run_id: str) -> Any:
        experiment = self.client.get_experiment_by_name(self.experiment)
        if experiment is None:
            return None
        wanted = f"tags.{ORIGINAL_RUN_TAG} = '{run_id}'"
        runs = self.client.search_runs([experiment.experiment_id], wanted, max_results=1)
        return runs[0] if runs else None

    def send(self, run_id: str, record: Record, journal: Journal) -> None:
        """Send a record to a run; sending it twice changes nothing.

        Args:
            run_id: The run.
            record: What to send; a record that the store refuses is logged and left out.
            journal: Where the record's files lie.

        Raises:
            StoreUnreachableError: If the store does not answer, or cannot write.
        """
        from mlflow.exceptions import MlflowException

        with self.asked():
            try:
                self._send(run_id, record, journal)
            except MlflowException as error:
                if error.error_code not in _REFUSALS:
                    raise
                logger.warning("MLflow refused to record %s: %s", record["kind"], error)

    def _send(self, run_id: str, record: Record, journal: Journal) -> None:
        kind = record["kind"]
        if kind == "artifact":
            self.client.log_artifact(run_id, str(journal.folder / record["file"]), record["place"])
        elif kind == "model":
            from crack_pipeline.tracking.models import send_model

            send_model(self.client, run_id, record, journal.folder)
        elif kind == "model_file":
            from crack_pipeline.tracking.models import send_model_file

            send_model_file(self.client, run_id, journal.folder / record["file"])
        elif kind == "dataset":
            self._send_dataset(run_id, record)
        elif kind == "end":
            self.client.set_terminated(run_id, record["status"], record["time_ms"])
        else:
            self._send_batches(run_id, record)

    def _send_dataset(self, run_id: str, record: Record) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        dataset = Dataset(
            name=record["name"],
            digest=record["digest"][:_LONGEST_DIGEST],
            source_type=record["source_type"],
            source=record["source"],
            profile=record["profile"],
        )
        context = InputTag("mlflow.data.context", "training")
        self.client.log_inputs(run_id, [DatasetInput(dataset, [context])])

    def _send_batches(self, run_id: str, record: Record) -> None:
        from mlflow.entities import Metric, Param, RunTag

        kind = record["kind"]
        entity = {"params": Param, "tags": RunTag, "metrics": Metric}[kind]
        moment = (record["time_ms"], record["step"]) if kind == "metrics" else ()
        entities = [entity(*item, *moment) for item in record["values"].items()]
        for start in range(0, len(entities), _MOST_IN_A_BATCH):
            batch: dict[str, Any] = {kind: entities[start : start + _MOST_IN_A_BATCH]}
            self.client.log_batch(run_id, **batch)

    def _find_experiment(self, client: "MlflowClient") -> str:
        experiment = client.get_experiment_by_name(self.experiment)
        if experiment is None:
            self._experiment_id = client.create_experiment(
                self.experiment, self.artifact_location, tags=_EXPERIMENT_TAGS
            )
            return self._experiment_id
        self._experiment_id = str(experiment.experiment_id)
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(self._experiment_id)
        for name in _EXPERIMENT_TAGS.keys() - experiment.tags.keys():
            client.set_experiment_tag(self._experiment_id, name, _EXPERIMENT_TAGS[name])
        return self._experiment_id


def answers(uri: str, seconds: float = PROBE_SECONDS) -> bool:
    """Ask whether a server is there.

    Args:
        uri: Its address, http or https.
        seconds: How long to wait.

    Returns:
        True for any answer, errors such as "not allowed" included.
    """
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=seconds):
            return True
    except urllib.error.HTTPError as error:
        return error.code not in (502, 503, 504)  # a proxy speaks for a server that is gone
    except (OSError, ValueError):
        return False


def is_writable(path: Path) -> bool:
    """Tell whether a file can be changed, or made where there is none.

    Args:
        path: The file; databases write beside it as well, so its folder counts too.

    Returns:
        True if permissions allow it.
    """
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def local_uri(project_path: Path) -> str:
    """Address of the project's own store."""
    return f"sqlite:///{(project_path / LOCAL_FILE).resolve().as_posix()}"


def absolute_uri(uri: str, project_path: Path) -> str:
    """Make the address of a store independent of the working directory.

    Args:
        uri: A server, a database, ``sqlite:///relative.db`` or a folder.
        project_path: What relative paths are meant from.

    Returns:
        The absolute address.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return uri if scheme.startswith("databricks") else (project_path / uri).resolve().as_uri()
    if scheme != "sqlite":
        return uri
    path = Path(rest.removeprefix("/"))
    return f"sqlite:///{(project_path / path).resolve().as_posix()}"


def default_artifact_location(uri: str, project_path: Path) -> str | None:
    """Where a new experiment keeps files: in the project, unless a server decides."""
    if uri.startswith(("http://", "https://", "databricks")):
        return None
    return (project_path / "mlartifacts").resolve().as_uri()
