"""The model of a prediction: a project's newest, the starter, one in a folder, that of a run."""

import logging
import os
from pathlib import Path

from crack_pipeline.errors import ParameterError
from crack_pipeline.prediction.bundle import INFO_FILE, NETWORK_FILE, ModelBundle
from crack_pipeline.prediction.starter import STARTER, TRAIN_IT, find_starter, read_starter
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tracking.store import TrackingStore, absolute_uri
from crack_pipeline.types import Task, expand_home

logger = logging.getLogger(__name__)

NEWEST = "newest"
_NAMED = 4
_STORE_VARIABLE = "MLFLOW_TRACKING_URI"
_MAKE_ONE = (
    f"Install the starter's wheel, or train the starter with {TRAIN_IT}, a model of your photos "
    "with `kedro run --pipeline=train`, or one of the drawn sample with `make train`"
)


def choose_model(
    wanted: str, *, newest: Path | None = None, task: Task | None = None
) -> tuple[ModelBundle, str]:
    """Read the model that a prediction asks for.

    Args:
        wanted: ``newest``, ``starter``, the folder of a model, or the id or name of a run. The
            newest is the starter where the project has none and the starter is installed.
        newest: Folder of the model that the project trained last; None outside of a project.
        task: What the newest model must be trained for; None for any task.

    Returns:
        The model, and where it is from, in words.

    Raises:
        ParameterError: If there is none, it was not evaluated, or its task gives neither masks nor
            labels.
        StorageError: If its files are damaged.
        TrackingError: If a store does not answer, or the run has no model.
    """
    if not wanted.strip():
        raise _refuse_reference("nothing")
    has_newest = newest is not None and (newest / NETWORK_FILE).is_file()
    starter = find_starter()
    if wanted == STARTER or (wanted == NEWEST and not has_newest and starter is not None):
        return _require_usable(read_starter()), f"the starter, {starter}"
    if wanted == NEWEST and starter is not None:
        logger.info("The project's own model is taken; --model=starter takes the starter")
    folder = newest if wanted == NEWEST else Path(str(expand_home(wanted)))
    if folder is None or (wanted == NEWEST and not (folder / NETWORK_FILE).is_file()):
        raise _refuse_none(newest)
    if wanted != NEWEST and not folder.exists() and os.sep not in wanted:
        bundle, origin = _fetch(wanted)
    else:
        bundle, origin = _read(folder), str(folder)
    if wanted == NEWEST and task not in (None, bundle.info.task):
        raise ParameterError(
            "The newest model is of the task of the run.",
            received=f"task={task}, model in {folder} trained for {bundle.info.task}",
            remedy=f"Run with --params=task={bundle.info.task}, or name another --model.",
        )
    return _require_usable(bundle), origin


def _read(folder: Path) -> ModelBundle:
    if not folder.is_dir():
        raise _refuse_folder(folder)
    several = sorted(path.parent for path in folder.glob(f"*/**/{NETWORK_FILE}"))
    if several and not (folder / INFO_FILE).is_file():
        raise _refuse_reference(
            f"{folder} with {len(several)} models: {', '.join(map(str, several[:_NAMED]))}"
        )
    return ModelBundle.from_folder(folder)


def _refuse_folder(folder: Path, more: str = "") -> ParameterError:
    return _refuse_reference(f"no folder at {folder.absolute()}{more}")


def _refuse_reference(received: str) -> ParameterError:
    return ParameterError(
        "`prediction.model` must be `newest`, `starter`, a model's folder, or the id of a run.",
        received=received,
        remedy=f"Name a folder that holds {NETWORK_FILE} and {INFO_FILE}. {_MAKE_ONE}.",
    )


def _fetch(reference: str) -> tuple[ModelBundle, str]:
    from crack_pipeline.tracking.models import fetch_bundle
    from crack_pipeline.tracking.reports import find_run, use_stores, wanted_store

    if wanted_store() is None and (uri := os.environ.get(_STORE_VARIABLE)):
        store = TrackingStore(absolute_uri(uri, Path.cwd()), "crack_pipeline")
        use_stores(store, store)
    if wanted_store() is None:
        raise _refuse_folder(Path(reference), f", and no {_STORE_VARIABLE} for a run of that name")
    run, store = find_run(reference, instead="the folder of a model")
    return fetch_bundle(run.run_id, store), f"run {run.name} ({run.run_id})"


def _refuse_none(newest: Path | None) -> ParameterError:
    if newest is None:
        return ParameterError(
            "Outside of a project a prediction needs the folder of a model.",
            received="no --model",
            remedy=f"{_MAKE_ONE} in the project; its folder is data/06_models/<data set>/<task> "
            "there. Name it with --model=<folder>.",
        )
    models = newest.parent.parent.glob(f"*/*/{NETWORK_FILE}")
    there = sorted(str(path.parent) for path in models)
    instead = f"or take one that is there: --model={' or --model='.join(there)}" if there else ""
    return ParameterError(
        "A prediction needs a trained model.",
        received=f"no {NETWORK_FILE} in {newest}",
        remedy=f"{_MAKE_ONE}{'; ' if instead else ''}{instead}.",
    )


def _require_usable(bundle: ModelBundle) -> ModelBundle:
    spec = task_spec(bundle.info.task)
    if spec.truth == "photos" or spec.decode is not None:
        raise ParameterError(
            "A prediction needs a model of segmentation, or of classification for a heat map.",
            received=f"a {spec.name} model",
            remedy="Name another one with --model, or prediction.model.",
        )
    bundle.require_decision()
    return bundle
