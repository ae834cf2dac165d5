"""Records runs: opens one where a pipeline trains, adds to it where a pipeline looks at a model."""

import logging
import os
from pathlib import Path
from typing import Any

from kedro.config import AbstractConfigLoader, MissingConfigException, OmegaConfigLoader
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
from crack_pipeline.tracking.provenance import describe_provenance
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.replay import OUTBOX, close_interrupted_runs
from crack_pipeline.tracking.reports import use_stores
from crack_pipeline.tracking.selection import RunParameters, flatten
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
        self._loader: AbstractConfigLoader | None = None
        self._parameters = RunParameters({})
        self._recorder: Recorder | None = None
        self._is_open = False
        self._is_follower = False
        self._kept = KeptOutputs({})

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read ``mlflow.yml``; touches no store.

        Args:
            context: The context of this command.
        """
        self._end("KILLED")  # a run that an interrupted session in this process left open
        try:
            content = context.config_loader["mlflow"]
        except MissingConfigException:
            content = {}
        config = read_tracking_config(content, context.project_path)
        config._export_credentials(context)
        config._register_request_header_provider(context)
        context.mlflow = config  # type: ignore[attr-defined]
        self._project_path = context.project_path
        self._env = context.env or "base"
        self._loader = context.config_loader
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
        self._parameters = self._gather_parameters(pipeline, catalog)
        # One of several processes of a training records it, the others do not.
        is_one_of_several = self._parameters.values.get("training.distribution.processes", 1) != 1
        self._is_follower = is_one_of_several and os.environ.get(PROCESS_VARIABLE, "0") != "0"
        if self._is_follower:
            return
        store = open_store(self._wanted, self._project_path)
        outbox = self._project_path / OUTBOX
        close_interrupted_runs(outbox, store)
        pipelines = run_params.get("pipeline_names") or [run_params.get("pipeline_name") or "train"]
        self._recorder = Recorder(self._plan_run(pipelines), store, outbox)
        self._parameters.record(self._recorder)

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
            self._recorder.record_dataset(self._kept.describe_dataset(inputs, self._parameters))
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

    def _gather_parameters(self, pipeline: Pipeline, catalog: DataCatalog) -> RunParameters:
        """Read all parameters, and those of conf/base with this data set and this task."""
        names = [name for name in pipeline.inputs() if name.startswith("params:")]
        used = {name.removeprefix("params:"): catalog.load(name) for name in names}
        loader = self._loader
        if not isinstance(loader, OmegaConfigLoader):
            return RunParameters(dict(flatten(used)))
        values = {**dict(flatten(used)), **dict(flatten(loader["parameters"]))}
        base = OmegaConfigLoader(
            loader.conf_source,
            env=loader.base_env,
            runtime_params={"task": values.get("task")},
            base_env=loader.base_env,
            config_patterns=loader.config_patterns,
            merge_strategy=loader.merge_strategy,
        )
        base["globals"] = loader["globals"]
        asked = frozenset(name for name, _ in flatten(loader.runtime_params or {}))
        return RunParameters(values, dict(flatten(base["parameters"])), asked)

    def _plan_run(self, pipelines: list[str]) -> RunPlan:
        # A run of several trainings says so; what trains one model is named by that alone.
        kind = [name for name in pipelines if name not in ("train", "fit", "__default__")]
        parameters = self._parameters
        facts = {
            "task": parameters.task,
            "dataset": parameters.values.get("dataset"),
            "model": parameters.network,
            "changed": parameters.describe_changes(),
            "seed": parameters.values.get(f"training.{parameters.task}.seed"),
        }
        return RunPlan(
            name=parameters.name_run(" ".join(kind)),
            tags={
                **{name: str(value) for name, value in facts.items() if value not in (None, "")},
                "env": self._env,
                "pipeline": ",".join(pipelines),
                **describe_provenance(self._project_path),
            },
        )

    def _start(self, recorder: Recorder) -> None:
        self._recorder, self._is_open = recorder, True
        recorder.open()
        activate(recorder, self._parameters)
        verb = "Recording" if recorder.is_new else "Adding to"
        logger.info("%s the run %s: %s", verb, recorder.name, recorder.address)

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
