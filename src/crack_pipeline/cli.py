"""The project's commands: ``kedro run`` with one message for a mistake; recorded runs."""

import copy
import sys
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run

from crack_pipeline.console import prediction_options
from crack_pipeline.interruption import ending_at_interrupt, one_message_for_a_mistake
from crack_pipeline.noise import divide_log, silence_noise
from crack_pipeline.wording.suggestions import require_known

silence_noise()
divide_log()


# Kedro lists the commands of one name once: "run" here takes the place of its own.
@click.group(name="kedro")
def cli() -> None:
    """Crack models: trained, measured, explained and tracked."""


def _run_pipelines(**options: Any) -> Any:
    with ending_at_interrupt(), one_message_for_a_mistake():
        options |= _name_parts(options)
        options["params"] = _read_params(options["params"])
        assert kedro_run.callback is not None
        return kedro_run.callback(**options)


def _keep_typed(option: click.Parameter) -> click.Parameter:
    """``--params`` as it was typed: Kedro would read it before it is known what is a text."""
    kept = copy.copy(option)
    if option.name == "params":
        kept.callback = None
    return kept


run = click.Command(
    "run",
    callback=_run_pipelines,
    params=list(map(_keep_typed, kedro_run.params)),
    help="Run a pipeline.",
)
cli.add_command(run)


@cli.command()
@prediction_options
@click.option("--track/--no-track", default=None, help="Record a run of MLflow, or none.")
@click.option("--env", "-e", default=None, help="Environment whose model and settings are meant.")
def predict(env: str | None, **typed: Any) -> None:
    """Find and measure the cracks in PHOTOS, a folder or one photo."""
    given = {name: value for name, value in typed.items() if value is not None}
    arguments = ["--pipelines=predict", *([f"--env={env}"] if env else [])]
    with run.make_context("predict", arguments) as context:
        context.params["params"] = {"prediction": given}
        _run_pipelines(**context.params)


@cli.group()
def tracking() -> None:
    """Commands for recorded runs."""


@tracking.command()
@click.option("--env", "-e", default=None, help="Environment whose tracking store is meant.")
@click.option("--local", is_flag=True, help="Log to the project's own store instead.")
def replay(env: str | None, local: bool) -> None:
    """Log what waits in outbox/ because a tracking server did not answer."""
    from crack_pipeline.tracking.config import local_store, store_of
    from crack_pipeline.tracking.replay import OUTBOX, replay_outbox

    with one_message_for_a_mistake():
        context = _load_context(env)
        project_path = context.project_path
        store = store_of(context.mlflow, project_path)
        if local:
            store = local_store(store.experiment, project_path)
        run_ids = replay_outbox(project_path / OUTBOX, store)
        counted = f"Runs logged to {store.uri}: {len(run_ids)}"
        click.echo(counted if run_ids else "Nothing waits in outbox/.")


def _load_context(env: str | None) -> Any:
    from kedro.framework.session import KedroSession

    with KedroSession.create(env=env) as session:
        return session.load_context()  # type: ignore[attr-defined]


class _MlflowCommands(click.Group):
    """The commands of kedro-mlflow, ``ui`` apart."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from crack_pipeline.tracking.ui import plugin_commands

        return sorted({*super().list_commands(ctx), *plugin_commands().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from crack_pipeline.tracking.ui import plugin_commands

        own = super().get_command(ctx, cmd_name)
        return own or plugin_commands().get_command(ctx, cmd_name)


@cli.group(cls=_MlflowCommands, hidden=True)  # `kedro --help` lists that of kedro-mlflow
def mlflow() -> None:
    """Recorded runs: their page, and what kedro-mlflow does besides."""


@mlflow.command()
@click.option("--env", "-e", default=None, help="Environment whose tracking store is meant.")
@click.option(
    "--host", "-h", default=None, help="Address to serve at; default: that of mlflow.yml."
)
@click.option("--port", "-p", default=None, help="Port to serve at; default: that of mlflow.yml.")
def ui(env: str | None, host: str | None, port: str | None) -> None:
    """Serve the page of all recorded runs, and print its address."""
    from crack_pipeline.tracking.config import store_of
    from crack_pipeline.tracking.ui import show_runs

    with one_message_for_a_mistake():
        context = _load_context(env)
        page, store = context.mlflow.ui, store_of(context.mlflow, context.project_path)
        sys.exit(show_runs(store, host or page.host, port or page.port))


def _read_params(typed: Any) -> dict[str, Any]:
    from kedro.framework.project import pipelines

    from crack_pipeline.hooks.parameters import read_typed

    return read_typed(typed, dict(pipelines))


def _name_parts(options: dict[str, Any]) -> dict[str, Any]:
    """Check the names of pipelines, and spell those of nodes as the chosen pipelines do.

    In a chain a node's name begins with its stage: ``cut_tiles`` is ``preprocess.cut_tiles`` there.
    """
    from kedro.framework.project import pipelines
    from kedro.pipeline import Pipeline

    from crack_pipeline.hooks.checks import check_pipeline_name

    given = [options["pipeline"]] if options["pipeline"] else options["pipelines"]
    for name in given:
        check_pipeline_name(name, known=list(pipelines))
    nodes = {
        name: {_short(node.name): node.name for node in pipelines[name].nodes}
        for name in given or ["__default__"]
    }
    full = {short: name for spelt in nodes.values() for short, name in spelt.items()}
    _check_parts(options, sum((pipelines[name] for name in nodes), Pipeline([])))
    # A stage beside a chain that holds it would make the same things twice.
    kept = [
        name
        for name in options["pipelines"]
        if not any(set(nodes[name]) < set(others) for others in nodes.values())
    ]
    return {
        "pipelines": kept,
        **{
            option: [full.get(_short(name), name) for name in options[option]]
            for option in ("node_names", "from_nodes", "to_nodes")
        },
    }


def _check_parts(options: dict[str, Any], pipeline: Any) -> None:
    """Check the names of nodes, data sets, tags and namespaces."""
    nodes = {_short(node.name) for node in pipeline.nodes}
    known = {
        **dict.fromkeys(("node_names", "from_nodes", "to_nodes"), nodes),
        **dict.fromkeys(("from_inputs", "to_outputs"), pipeline.datasets()),
        "tags": {tag for node in pipeline.nodes for tag in node.tags},
        "namespaces": {node.namespace for node in pipeline.nodes if node.namespace},
    }
    for option, names in known.items():
        shown = option.replace("node_names", "nodes").replace("_", "-")
        for name in options[option]:
            spelt = _short(name) if names is nodes else name
            rule = f"`--{shown}` must name a part of the pipeline."
            require_known(spelt, sorted(names), rule, received=name)


def _short(node_name: str) -> str:
    return node_name.rpartition(".")[2]
