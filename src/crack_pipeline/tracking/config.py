"""The tracking store that ``mlflow.yml`` names, with absolute addresses."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crack_pipeline.errors import ParameterError
from crack_pipeline.tracking.store import (
    PROBE_SECONDS,
    StoreUnreachableError,
    TrackingStore,
    absolute_uri,
    default_artifact_location,
    local_uri,
)

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
        ParameterError: If an entry is unknown or wrong.
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
    config.server.mlflow_tracking_uri = absolute_uri(uri, project_path)
    return config


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
    )


def local_store(experiment: str, project_path: Path) -> TrackingStore:
    """The project's own store, which needs no server."""
    uri = local_uri(project_path)
    return TrackingStore(uri, experiment, default_artifact_location(uri, project_path))


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
            "The tracking server %s does not answer (%s; waited %.0f s at most). This run goes to "
            "the local store %s.",
            wanted.uri,
            error,
            PROBE_SECONDS,
            local.uri,
        )
        return local
    return wanted


def _open(store: TrackingStore) -> None:
    path = Path(store.uri.removeprefix("sqlite:///"))
    if store.uri.startswith("sqlite:") and not path.exists():
        logger.info("Making the tracking store %s", path)
        path.parent.mkdir(parents=True, exist_ok=True)
    store.open()
