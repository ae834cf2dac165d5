"""The tracking store that ``mlflow.yml`` names, with absolute addresses."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.tracking.store import (
    LOCAL_FILE,
    FoundRun,
    StoreUnreachableError,
    TrackingStore,
    absolute_uri,
    default_artifact_location,
    local_uri,
)
from crack_pipeline.wording.suggestions import suggest_name

if TYPE_CHECKING:
    from kedro_mlflow.config.kedro_mlflow_config import KedroMlflowConfig

logger = logging.getLogger(__name__)


def read_tracking_config(content: dict[str, Any], project_path: Path) -> "KedroMlflowConfig":
    """Check the content of ``mlflow.yml``; touches no store and no network.

    Args:
        content: What the file holds.
        project_path: What relative addresses are meant from.

    Returns:
        The configuration that ``kedro mlflow ui`` reads too, with absolute addresses.

    Raises:
        ParameterError: If an entry is unknown or wrong, or no store has such an address.
    """
    from kedro_mlflow.config.kedro_mlflow_config import KedroMlflowConfig

    try:
        config = KedroMlflowConfig.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ParameterError(
            "mlflow.yml must hold what kedro-mlflow knows.",
            received=f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
            remedy="Correct the entry in conf/base/mlflow.yml or in the environment's.",
        ) from error
    uri = config.server.mlflow_tracking_uri or local_uri(project_path)
    _require_known_scheme(uri)
    config.server.mlflow_tracking_uri = absolute_uri(uri, project_path)
    return config


def _require_known_scheme(uri: str) -> None:
    scheme, separator, _ = uri.partition("://")
    known = {"http", "https", "file", "databricks", "databricks-uc", "sqlite", "postgresql"}
    known |= {"mysql", "mssql"}
    if separator and scheme.split("+")[0] not in known:
        raise ParameterError(
            "The address of a tracking store begins with a scheme that MLflow knows.",
            received=uri,
            remedy=f"{suggest_name(scheme, sorted(known))} Correct MLFLOW_TRACKING_URI or "
            "conf/base/mlflow.yml.",
        )


def store_of(config: "KedroMlflowConfig", project_path: Path) -> TrackingStore:
    """The store that a configuration names.

    Args:
        config: From ``read_tracking_config``.
        project_path: Folder of the project.

    Returns:
        The store, not yet opened.
    """
    uri = str(config.server.mlflow_tracking_uri)
    experiment = config.tracking.experiment
    location = experiment.create_experiment_kwargs.artifact_location
    return TrackingStore(
        uri,
        experiment.name,
        absolute_uri(location, project_path)
        if location
        else default_artifact_location(uri, project_path),
        local_page=f"http://{config.ui.host or '127.0.0.1'}:{config.ui.port or 5000}",
    )


def local_store(experiment: str, project_path: Path) -> TrackingStore:
    """The project's own store, which needs no server."""
    uri = local_uri(project_path)
    location = default_artifact_location(uri, project_path)
    return TrackingStore(uri, experiment, location, is_fallback=True)


def open_store(wanted: TrackingStore, project_path: Path) -> TrackingStore:
    """Open a store, or the project's own one if it does not answer.

    Args:
        wanted: The store that is configured.
        project_path: Folder of the project.

    Returns:
        The store to use; if even the local one fails, the run is kept in the journal alone.
    """
    local = local_store(wanted.experiment, project_path)
    try:
        _open(wanted)
    except StoreUnreachableError as error:
        if wanted.uri == local.uri:
            return wanted
        logger.warning(
            "The tracking store %s does not answer: %s. This run goes to the project's own store "
            "instead; `%s` shows it.",
            wanted.uri,
            error,
            local.viewing_command,
        )
        return local
    return wanted


def find_in_stores(
    run_id: str, wanted: TrackingStore, project_path: Path
) -> tuple[TrackingStore, FoundRun | None]:
    """Find a run in the configured store, or in the project's own one.

    Args:
        run_id: The run.
        wanted: The store that is configured.
        project_path: Folder of the project.

    Returns:
        The store to add to, and the run; None if neither has it. A server that does not answer is
        believed to have it: what is added waits for it in the journal.
    """
    local = local_store(wanted.experiment, project_path)
    has_local = local.uri != wanted.uri and (project_path / LOCAL_FILE).is_file()
    for store in [local, wanted] if has_local else [wanted]:
        try:
            found = store.find_run(run_id)
        except StoreUnreachableError:
            found = FoundRun(run_id, run_id) if store is wanted else None
        if found is not None:
            return store, found
    return wanted, None


def _open(store: TrackingStore) -> None:
    path = Path(store.uri.removeprefix("sqlite:///"))
    if store.uri.startswith("sqlite:") and not path.exists():
        logger.info("Making the tracking store %s", path)
        path.parent.mkdir(parents=True, exist_ok=True)
    store.open()
