"""Nodes whose inputs are found by the names of their function's arguments."""

from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any

from kedro.pipeline import Node
from pydantic import BaseModel

_PLAIN_PARAMETERS = ("task", "dataset")


def make_node(
    function: Callable[..., Any],
    *outputs: str,
    name: str | None = None,
    returns_dict: bool = False,
    with_defaults: bool = False,
    tags: str | Iterable[str] | None = None,
) -> Node:
    """Make a node whose arguments get the data sets and parameters of the same names.

    ``task``, ``dataset`` and whatever is typed as a pydantic model are parameters, all else comes
    from the catalog.

    Args:
        function: What the node calls.
        *outputs: Names in the catalog, in the order in which the function returns them; none where
            it returns nothing.
        name: Of the node; None for that of the function.
        returns_dict: Whether the function returns its outputs by name.
        with_defaults: Whether arguments that have a default get an input too.
        tags: Of the node.

    Returns:
        The node.

    >>> def cut_tiles(manifest, task): ...
    >>> make_node(cut_tiles, "tile_store").inputs
    ['manifest', 'params:task']
    """
    inputs = {
        argument.name: f"params:{argument.name}" if _is_parameter(argument) else argument.name
        for argument in signature(function).parameters.values()
        if with_defaults or argument.default is Parameter.empty
    }
    named = {output: output for output in outputs}
    returned = list(outputs) if len(outputs) > 1 else (*outputs, None)[0]
    return Node(
        function,
        inputs=inputs,
        outputs=named if returns_dict else returned,
        name=name or function.__name__,
        tags=tags,
    )


def _is_parameter(argument: Parameter) -> bool:
    kind = argument.annotation
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return is_model or argument.name in _PLAIN_PARAMETERS
