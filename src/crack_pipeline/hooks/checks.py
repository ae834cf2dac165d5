"""Checks of what the user typed, before anything runs and before MLflow is touched."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, DataCatalog, DatasetError, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from crack_pipeline.errors import CrackPipelineError, ParameterError, StorageError
from crack_pipeline.hooks.parameters import check_parameter_values, find_parameter
from crack_pipeline.mistakes import find_mistake
from crack_pipeline.task_specs import task_names, task_spec
from crack_pipeline.training.distribution import require_backend
from crack_pipeline.training.start import choose_backend, intended_backend
from crack_pipeline.wording.suggestions import require_known, suggest_name

_DEFAULT = "__default__"
_WHOLE_CHAIN = "train"
_MODEL = "model"
_WITHOUT_OWN_DATASET = ("base", "local")


class ProjectChecksHook:
    """Refuses unknown environments, parameters and tasks, and inputs that are not there yet."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Check environment and parameters.

        Args:
            context: The context of this command.

        Raises:
            ParameterError: If one of them is unknown, misspelt or out of range.
        """
        conf_path = Path(context.config_loader.conf_source)
        if not conf_path.is_dir():
            return  # a packaged configuration has no folders to compare with
        check_environment(context.env, conf_path)
        check_globals(context.env, conf_path)
        require_plain_name(context.config_loader["globals"].get("dataset", "none"))
        check_dataset_name(context.env, conf_path)
        check_dataset_is_left_alone(context.config_loader.runtime_params or {})
        if versions := _options().get("load_versions"):
            check_load_versions(versions, context.config_loader["catalog"])
        parameters = context.config_loader["parameters"]
        task = str(parameters.get("task", ""))
        check_parameter_names(
            parameters,
            known=_base_parameter_names(conf_path),
            find=lambda name: find_parameter(
                name, _registered_pipelines(), task=task, running=_running_pipelines()
            ),
        )
        if "task" in parameters:
            task_spec(parameters["task"])
        check_parameter_values(parameters, _registered_pipelines())
        start = parameters.get("training") or {}
        if "backend" in start:
            check_start(start)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Check that what the pipeline starts from has been made.

        Args:
            pipeline: What is about to run.
            catalog: Its catalog.

        Raises:
            CrackPipelineError: If an input is missing; it names the pipeline to run first.
        """
        inputs = sorted(name for name in pipeline.inputs() if not name.startswith("param"))
        passed = [name for name in inputs if not _is_kept(name, catalog)]
        if starts := _find_starts(passed, catalog):
            raise _refuse_slice(pipeline, passed, starts)
        for name in inputs:
            if name not in passed:
                _check_input(name, catalog)


_PLAIN_NAME = re.compile(r"\w([\w.-]{0,62}\w)?")
_NAMES_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def require_plain_name(dataset: object) -> None:
    """Check the name of a data set, which becomes a folder and part of a registered model's name.

    Args:
        dataset: As ``globals.yml`` has it.

    Raises:
        ParameterError: If it is no text, or more than a plain name.
    """
    is_plain = isinstance(dataset, str) and _PLAIN_NAME.fullmatch(dataset)
    if is_plain and not _NAMES_OF_WINDOWS.fullmatch(str(dataset)):
        return
    raise ParameterError(
        "`dataset` in globals.yml must be a plain name: at most 64 letters, digits, `_`, `-` and "
        "`.`, a letter or digit first and last, none that Windows reserves.",
        received=repr(dataset),
        remedy="Write it as `dataset: bridges`; in quotes what YAML takes for a number, yes or no: "
        '`dataset: "2024"`.',
    )


def check_load_versions(versions: Iterable[str], catalog: Mapping[str, Any]) -> None:
    """Check that ``--load-versions`` speaks of data sets that are kept in versions.

    Args:
        versions: Names of data sets.
        catalog: The configuration of the catalog.

    Raises:
        ParameterError: If one is unknown, or has one version only.
    """
    known = [name for name, entry in catalog.items() if dict(entry).get("versioned")]
    for name in versions:
        require_known(name, known, "`--load-versions` must name data sets kept in versions.")


def check_start(training: dict[str, Any]) -> None:
    """Choose backend and device, before anything imports Keras.

    Args:
        training: The parameters of training, their values checked.

    Raises:
        TrainingError: If they cannot be had, or the strategy is one of another backend.
        ParameterError: If the environment names a backend that cannot train.
    """
    strategy = (training.get("distribution") or {}).get("strategy", "none")
    require_backend(strategy, intended_backend(training["backend"]))
    choose_backend(training["backend"], training.get("device", "auto"))


def check_dataset_is_left_alone(runtime_parameters: dict[str, Any]) -> None:
    """Check that ``--params`` does not rename the data set: paths would keep the old name.

    Args:
        runtime_parameters: What was given with ``--params``.

    Raises:
        ParameterError: If the data set is among it.
    """
    if "dataset" in runtime_parameters:
        raise ParameterError(
            "A data set is named by its environment, since every path carries the name.",
            received=f"--params=dataset={runtime_parameters['dataset']}",
            remedy="Choose an environment with --env=…, or make one: conf/<env>/globals.yml "
            "with `dataset: <name>`.",
        )


def check_environment(env: str | None, conf_path: Path) -> None:
    """Check that a configuration environment exists.

    Args:
        env: Its name; None for the default one.
        conf_path: Folder of all environments.

    Raises:
        ParameterError: If it does not; names the nearest that does.
    """
    if env is not None:
        known = sorted(folder.name for folder in conf_path.iterdir() if folder.is_dir())
        require_known(env, known, "`--env` must name a folder under conf/.")


def check_globals(env: str | None, conf_path: Path) -> None:
    """Check the names in an environment's ``globals.yml``: a misspelt ``dataset`` would be ignored,
    and the results of another data set overwritten.

    Args:
        env: The environment; None for the default one.
        conf_path: Folder of all environments.

    Raises:
        ParameterError: If a name is not in conf/base/globals.yml; names the nearest that is.
    """  # noqa: D205
    known = sorted(_read_globals(conf_path / "base"))
    for name in _read_globals(conf_path / env) if env else ():
        rule = "globals.yml must hold names of conf/base/globals.yml."
        require_known(name, known, rule, received=f"{name} in conf/{env}/globals.yml")


def check_dataset_name(env: str | None, conf_path: Path) -> None:
    """Check that an environment writes into folders of its own.

    Args:
        env: The environment; None for the default one. One that is named ``<dataset>_<anything>``
            may share the data set of that name: another recipe for the same photos. The one that
            is named like its data set owns it.
        conf_path: Folder of all environments.

    Raises:
        ParameterError: If it names no data set, or the data set of another environment.
    """
    if env in (None, *_WITHOUT_OWN_DATASET) or "dataset" not in _read_globals(conf_path / "base"):
        return
    dataset = _read_globals(conf_path / env).get("dataset")
    if dataset is None:
        raise ParameterError(
            "An environment names its data set, since every path under data/ carries the name.",
            received=f"conf/{env} without `dataset` in its globals.yml",
            remedy=f"Write conf/{env}/globals.yml with `dataset: {env}` and "
            f"`task: {'` or `task: '.join(task_names())}`.",
        )
    others = sorted(
        other.name
        for other in conf_path.iterdir()
        if other.is_dir() and other.name != env and _names_folder(other, dataset)
    )
    shares_by_name = any(str(one).startswith(f"{dataset}_") for one in (env, *others))
    if not others or env == dataset or shares_by_name:
        return
    raise ParameterError(
        "Two environments must not write into the folders of one data set.",
        received=f"`dataset: {dataset}` in conf/{env} and in conf/{others[0]}",
        remedy=f"Give the globals.yml of the one that is yours a name of its own, such as "
        f"`dataset: {env}`; for another recipe on the same photos name the environment "
        f"{dataset}_<recipe>.",
    )


def _names_folder(env: Path, dataset: object) -> bool:
    """True where an environment's data set has this folder; some systems take a and A for one."""
    return str(_read_globals(env).get("dataset")).casefold() == str(dataset).casefold()


def _read_globals(folder: Path) -> dict[str, Any]:
    path = folder / "globals.yml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}


def check_parameter_names(
    parameters: Iterable[str],
    *,
    known: Iterable[str],
    find: Callable[[str], str | None] = lambda _: None,
) -> None:
    """Check the top-level names of parameters; models check the nested ones.

    Args:
        parameters: Names from conf and command line.
        known: Names that conf/base has.
        find: Gives the whole path of a parameter that is called so further down, if there is one.

    Raises:
        ParameterError: If a name is unknown; names the nearest right one.
    """
    known = sorted(known)
    for name in parameters:
        if name not in known:
            path = find(name)
            raise ParameterError(
                "Parameters must be spelt as in conf/base/parameters.",
                received=name,
                remedy=f"Did you mean {path}?" if path else suggest_name(name, known),
            )


def check_pipeline_name(name: str, *, known: Iterable[str]) -> None:
    """Check the name of a pipeline.

    Args:
        name: What the user asked for.
        known: Names of the registered pipelines.

    Raises:
        ParameterError: If it is unknown.
    """
    if name != _DEFAULT:
        visible = sorted({*known} - {_DEFAULT})
        require_known(name, visible, "`--pipeline` must name a registered pipeline.")


def _base_parameter_names(conf_path: Path) -> set[str]:
    # Read by hand: a second configuration loader would replace the resolvers of the first.
    base = conf_path / "base"
    paths = {*base.glob("**/parameters*"), *base.glob("parameters*/**/*")}
    names: set[str] = set()
    for path in paths:
        if path.is_file() and path.suffix in (".yml", ".yaml", ".json"):
            names.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return names


def _registered_pipelines() -> dict[str, Pipeline]:
    from kedro.framework.project import pipelines

    return dict(pipelines)


def _running_pipelines() -> list[str]:
    """The pipelines that the command line names."""
    options = _options()
    return [name for name in (options.get("pipeline"), *options.get("pipelines", ())) if name]


def _options() -> dict[str, Any]:
    command = click.get_current_context(silent=True)
    return {} if command is None else command.params


def _is_kept(name: str, catalog: DataCatalog) -> bool:
    """A data set is kept if it is on disk, or is given to the run in memory."""
    if name not in catalog:
        return False
    dataset = catalog.get(name)
    return not isinstance(dataset, MemoryDataset) or bool(dataset.exists())


def _list_makers(name: str) -> list[Node]:
    """List the nodes that give a data set, in any pipeline."""
    nodes = (node for pipeline in _registered_pipelines().values() for node in pipeline.nodes)
    return [node for node in nodes if name in node.outputs]


def _refuse_slice(
    pipeline: Pipeline, passed: Sequence[str], starts: Sequence[str]
) -> ParameterError:
    """Name the slice with the same end whose inputs are all kept."""
    made, read = pipeline.all_outputs(), pipeline.all_inputs()
    roots = [n.name for n in pipeline.nodes if made.union(passed).isdisjoint(n.inputs)]
    ends = [n.name for n in pipeline.nodes if read.isdisjoint(n.outputs)]
    first, last = (
        ",".join(dict.fromkeys(map(_short, names))) for names in ([*starts, *roots], ends)
    )
    return ParameterError(
        "A run begins with nodes whose inputs are kept, not passed on in memory.",
        received=f"a run that begins with `{'`, `'.join(passed)}`, not kept",
        remedy=f"Begin earlier: --from-nodes={first} --to-nodes={last} instead.",
    )


def _short(node_name: str) -> str:
    return node_name.rpartition(".")[2]


def _find_starts(passed: Iterable[str], catalog: DataCatalog) -> list[str]:
    """Walk back from data sets to the nodes whose inputs are all kept."""
    starts: list[str] = []
    for node in (maker for name in passed for maker in _list_makers(name)[:1]):
        before = [name for name in node.inputs if not _is_kept(name, catalog)]
        starts += _find_starts(before, catalog) or [node.name]
    return starts


def _check_input(name: str, catalog: DataCatalog) -> None:
    dataset = catalog.get(name)
    if dataset is None:
        return
    if dataset.exists():
        _check_content(name, dataset, catalog)
        return
    if (getattr(dataset, "metadata", None) or {}).get("optional"):
        catalog[name] = MemoryDataset(None)
        return
    where = getattr(dataset, "filepath", None) or getattr(dataset, "_filepath", "")
    raise CrackPipelineError(
        f"The pipeline needs `{name}`, which another pipeline makes.",
        received=f"nothing at {where}",
        remedy=f"Run `kedro run --pipeline={_choose_maker(name, catalog)}` first, with the same "
        "--env and --params.",
    )


def _check_content(name: str, dataset: AbstractDataset[Any, Any], catalog: DataCatalog) -> None:
    """Read what the run starts from: all but the network is small, and a fault is told at once."""
    if name == _MODEL:
        return
    try:
        dataset.load()
    except DatasetError as error:
        mistake = find_mistake(error.__cause__)
        cause = error.__cause__ if mistake is None else mistake.received
        raise StorageError(
            f"`{name}` must be as the pipeline that makes it wrote it.",
            received=str(cause or error),
            remedy=f"Run `kedro run --pipeline={_choose_maker(name, catalog)}` again, with the "
            "same --env and --params.",
        ) from error


def _choose_maker(name: str, catalog: DataCatalog) -> str:
    makers = {
        stage: pipeline
        for stage, pipeline in _registered_pipelines().items()
        if name in pipeline.all_outputs() and stage not in (_DEFAULT, _WHOLE_CHAIN)
    }
    for stage, pipeline in makers.items():
        model = catalog.get(_MODEL) if _MODEL in pipeline.inputs() else None
        # What looks at a model is of no use before there is one.
        return stage if model is None or model.exists() else _WHOLE_CHAIN
    return _WHOLE_CHAIN
