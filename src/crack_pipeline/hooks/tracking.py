"""Records runs: opens one where a pipeline trains, adds to it where a pipeline looks at a model."""

import logging
import os
import sys
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from crack_pipeline.hooks.keeping import KeptOutputs
from crack_pipeline.tracking.active import activate, close_active
from crack_pipeline.tracking.config import (
    find_in_stores,
    local_store,
    open_store,
    read_tracking_config,
    store_of,
)
from crack_pipeline.tracking.flattening import flatten_parameters
from crack_pipeline.tracking.provenance import describe_provenance
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.replay import OUTBOX, close_interrupted_runs
from crack_pipeline.tracking.reports import use_stores
from crack_pipeline.tracking.store import TrackingStore
from crack_pipeline.training.distribution import PROCESS_VARIABLE

logger = logging.getLogger(__name__)

TRAINS, ATTACHES = "trains", "attaches"
"""Tags of nodes: the first opens a run, the second adds to the run of the model it looks at."""


class TrackingHook:
    """One run for each ``kedro run`` that trains; none for one that trains nothing."""

    def __init__(self) -> None:
        self._project_path = Path()
        self._env = ""
        self._wanted: TrackingStore | None = None
        self._recorder: Recorder | None = None
        self._is_open = False
        self._is_follower = False
        self._kept = KeptOutputs({})

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read ``mlflow.yml``, for this hook and for ``kedro mlflow ui``; touches no store.

        Args:
            context: The context of this command.
        """
        self._end("KILLED")  # a run that an interrupted session in this process left open
        try:
            content = context.config_loader["mlflow"]
        except MissingConfigException:
            content = {}
        find_own_commands()
        config = read_tracking_config(content, context.project_path)
        config._export_credentials(context)
        config._register_request_header_provider(context)
        context.mlflow = config  # type: ignore[attr-defined]
        self._project_path = context.project_path
        self._env = context.env or "base"
        self._wanted = store_of(config, context.project_path)
        use_stores(self._wanted, local_store(self._wanted.experiment, context.project_path))

    @hook_impl
    def after_catalog_created(self, conf_catalog: dict[str, Any]) -> None:
        """Note which entries are kept with a run.

        Args:
            conf_catalog: The catalog's configuration, with absolute paths.
        """
        self._kept = KeptOutputs(conf_catalog)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Prepare a run if a node trains; it is opened when that node starts.

        Args:
            run_params: What was asked of Kedro.
            pipeline: What is about to run.
            catalog: Its catalog.
        """
        self._is_follower = False
        if self._wanted is None or not any(TRAINS in node.tags for node in pipeline.nodes):
            return
        parameters = {
            "env": self._env,
            **flatten_parameters(_used_parameters(pipeline, catalog)),
        }
        self._is_follower = _follows_another(parameters)
        if self._is_follower:
            return
        store = open_store(self._wanted, self._project_path)
        outbox = self._project_path / OUTBOX
        close_interrupted_runs(outbox, store)
        pipelines = run_params.get("pipeline_names") or [run_params.get("pipeline_name") or "train"]
        plan = self._plan_run(parameters, str(run_params.get("run_id", "")), pipelines)
        self._recorder = Recorder(plan, store, outbox)
        self._recorder.record_parameters(parameters)

    @hook_impl
    def before_node_run(self, node: Node, inputs: dict[str, Any]) -> None:
        """Open the run, or attach to the run of the model that the node looks at.

        Args:
            node: What is about to run.
            inputs: Its data.
        """
        if self._is_open:
            return
        if TRAINS in node.tags and self._recorder is not None:
            self._start(self._recorder)
        elif ATTACHES in node.tags and "model_info" in inputs:
            self._attach(inputs["model_info"].get("run_id"))

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Note what tells where a model comes from.

        Args:
            dataset_name: Name in the catalog.
            data: What was loaded.
        """
        self._kept.note_facts(dataset_name, data)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Record what the catalog marks with ``metadata.tracking``.

        Args:
            dataset_name: Name in the catalog.
            data: What was saved.
        """
        self._kept.note_facts(dataset_name, data)
        self._kept.record(self._recorder, dataset_name, data)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End the run, and say where the results are."""
        recorder = self._recorder if self._is_open else None
        self._end("FINISHED")
        if not self._is_follower:
            self._kept.announce(recorder)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Mark the run as failed."""
        self._end("FAILED")

    def _plan_run(
        self, parameters: dict[str, str], session_id: str, pipelines: list[str]
    ) -> RunPlan:
        task = parameters.get("task", "")
        dataset = parameters.get("dataset", "")
        model = parameters.get(f"model.{task}.name", "model")
        seed = parameters.get(f"training.{task}.seed")
        moment = session_id[:19].replace("T", " ").replace(".", ":")
        # A run of several trainings says so; what trains one model is named by that alone.
        kind = [name for name in pipelines if name not in ("train", "fit", "__default__")]
        return RunPlan(
            name=" ".join([*kind, "-".join(filter(None, [model, dataset])), moment]).strip(),
            tags={
                "pipeline": ",".join(pipelines),
                **describe_provenance(self._project_path),
                "env": self._env,
                **_known(task, dataset, model, seed),
            },
        )

    def _start(self, recorder: Recorder) -> None:
        self._recorder, self._is_open = recorder, True
        recorder.open()
        activate(recorder)
        verb = "Recording" if recorder.is_new else "Adding to"
        logger.info("%s the run %s", verb, recorder.name)

    def _attach(self, run_id: str | None) -> None:
        if self._recorder is not None:
            self._recorder.discard()  # planned for a training that had nothing to do
            self._recorder = None
        if run_id is None or self._wanted is None:
            logger.info("The model was trained without a run; nothing is recorded")
            return
        store, found = find_in_stores(run_id, self._wanted, self._project_path)
        if found is None:
            logger.warning("The model's run %s is not in %s", run_id, self._wanted.uri)
            return
        plan = RunPlan(name=found.name, tags={}, attached_to=found.run_id)
        recorder = Recorder(plan, store, self._project_path / OUTBOX)
        self._start(recorder)
        provenance = describe_provenance(self._project_path)
        recorder.record_tags(
            {f"added.{name}": provenance[name] for name in ("git_commit", "kedro_command")}
        )
        self._kept.record_early(recorder)

    def _end(self, status: str) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None and not self._is_open:
            recorder.discard()
        self._is_open = False
        close_active(status)


def find_own_commands() -> None:
    """Put this environment's commands on the path: kedro-mlflow calls ``mlflow`` by its name."""
    own, path = str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)
    if own not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([own, path])


def _used_parameters(pipeline: Pipeline, catalog: DataCatalog) -> dict[str, Any]:
    identity = {name for name in ("params:task", "params:dataset") if name in catalog}
    names = {name for name in pipeline.inputs() if name.startswith("params:")} | identity
    return {name.removeprefix("params:"): catalog.load(name) for name in sorted(names)}


def _follows_another(parameters: dict[str, str]) -> bool:
    """Whether this is one of several processes of a training, and not the one that records it."""
    is_one_of_several = parameters.get("training.distribution.processes", "1") != "1"
    return is_one_of_several and os.environ.get(PROCESS_VARIABLE, "0") != "0"


def _known(task: str, dataset: str, model: str, seed: str | None) -> dict[str, str]:
    facts = {"task": task, "dataset": dataset, "model": model, "seed": seed}
    return {name: value for name, value in facts.items() if value}
