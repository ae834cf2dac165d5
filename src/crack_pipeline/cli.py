"""The project's commands: ``kedro run`` with one message for a mistake; recorded runs."""

import atexit
import copy
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run

from crack_pipeline.errors import FollowerDoneError
from crack_pipeline.mistakes import find_mistake
from crack_pipeline.noise import divide_log, silence_noise
from crack_pipeline.tracking.active import close_active, interrupted
from crack_pipeline.wording.suggestions import require_known

silence_noise()
divide_log()

_SECONDS_TO_STOP = 0.8
_SECONDS_TO_CLOSE = 1.0
_SECONDS_TO_NOTE = 0.1
_INTERRUPTED = 130  # what shells report for Ctrl-C
_STDERR = 2
_screen = _STDERR
_is_ending = False
_INTERRUPTED_MESSAGE = (
    "Interrupted. The same command goes on where this one stopped, a training after its last whole "
    "epoch."
)


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


@contextmanager
def one_message_for_a_mistake() -> Iterator[None]:
    """Turn what a user can mend into one message on standard error and an exit code.

    Raises:
        SystemExit: 1 for a mistake; 130 for Ctrl-C; 0 for a process that helped to train.
    """
    try:
        yield
    except KeyboardInterrupt:
        _end_interrupted()
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if interrupted.is_set():
            _end_interrupted()
            sys.exit(_INTERRUPTED)
        mistake = find_mistake(error)
        if mistake is None:
            raise
        if isinstance(mistake, FollowerDoneError):
            click.echo(f"Process {mistake.process} is done; process 0 keeps the model", err=True)
            sys.exit(0)
        click.echo(f"{type(mistake).__name__}: {mistake}", err=True)
        sys.exit(1)


@contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """End the process soon after Ctrl-C, also where compiled code does not return to Python.

    Python raises ``KeyboardInterrupt`` between two of its own instructions, which a step of a
    network, or the import of its library, may be long in coming to. The signal itself wakes a
    thread, which ends the process if that has not happened in time. What is on disk is whole then:
    files are written under another name and renamed.
    """
    global _is_ending, _screen
    _is_ending = False
    interrupted.clear()
    _screen = os.dup(_STDERR)  # the screen itself, also while output of a library is held back
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    earlier = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_end_after_signal, args=(reader,), daemon=True).start()
    try:
        yield
    except SystemExit as ended:
        # The signal wakes a thread, which notes it: without one, somebody else raised the error.
        if ended.code == _INTERRUPTED and interrupted.wait(_SECONDS_TO_NOTE):
            _leave()
        raise
    finally:
        signal.set_wakeup_fd(earlier)
        writer.close()
        if not interrupted.is_set():
            os.close(_screen)
            _screen = _STDERR


def _leave() -> None:
    """End without Python's own ending, in which libraries of networks take many seconds."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed already
            stream.flush()
    logging.shutdown()
    if "joblib" in sys.modules:  # its workers would hold the screen for minutes
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor(reuse=True).shutdown(kill_workers=True)
    atexit._run_exitfuncs()
    _exit()


def _exit() -> None:
    for worker in multiprocessing.active_children():
        worker.terminate()
    os._exit(_INTERRUPTED)


def _end_after_signal(reader: socket.socket) -> None:
    with reader:
        while (received := reader.recv(1)) != bytes([signal.SIGINT]):
            if not received:
                return
    interrupted.set()
    time.sleep(_SECONDS_TO_STOP)
    if _is_ending:
        time.sleep(_SECONDS_TO_CLOSE)
    else:
        closing = threading.Thread(target=_end_interrupted, daemon=True)
        closing.start()
        closing.join(_SECONDS_TO_CLOSE)
    _exit()


def _end_interrupted() -> None:
    """End the recorded run as killed, and say how to go on."""
    global _is_ending
    _is_ending = True
    os.write(_screen, f"{_INTERRUPTED_MESSAGE}\n".encode())
    close_active("KILLED")


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
