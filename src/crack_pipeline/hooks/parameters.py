"""Parameter values: read as they were typed, and checked against their typed models."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from kedro.pipeline import Pipeline
from kedro.validation import TypeExtractor
from omegaconf import OmegaConf
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from crack_pipeline.errors import ParameterError
from crack_pipeline.wording.suggestions import suggest_name

_MOST_SHOWN = 5
_QUOTED = re.compile("'([^']*)'")
_SEE_PARAMETERS = "See conf/base/parameters."


def check_parameter_values(
    parameters: Mapping[str, Any], pipelines: Mapping[str, Pipeline]
) -> None:
    """Check every parameter that a node declares as a pydantic model.

    Args:
        parameters: Raw values from conf and command line.
        pipelines: The registered pipelines.

    Raises:
        ParameterError: If a nested name is unknown, or a value breaks its rule.
    """
    problems: list[ParameterError] = []
    for key, kind in TypeExtractor(dict(pipelines)).extract_types_from_pipelines().items():
        value = parameters.get(key)
        if value is None or not issubclass(kind, BaseModel):
            continue
        try:
            kind.model_validate(value)
        except ValidationError as error:
            problems.extend(_explain(key, kind, details) for details in error.errors())
    if len(problems) == 1:
        raise problems[0]
    if problems:
        shown = [f"{problem.rule} ({problem.received})" for problem in problems[:_MOST_SHOWN]]
        raise ParameterError(
            "Parameters must satisfy their rules.",
            received=f"{len(problems)} problems: " + " ".join(shown),
            remedy=f"{problems[0].remedy} Then run again for the others, if any are left.",
        )


def read_typed(typed: str | dict[str, Any], pipelines: Mapping[str, Pipeline]) -> dict[str, Any]:
    """Read what was given with ``--params``; a text or path stays as it was typed.

    YAML would make a number of ``007``, and False of ``no``.

    Args:
        typed: ``name=value,name=value``; or values that a file for ``--config`` holds.
        pipelines: The registered pipelines, whose models say what is a text.

    Returns:
        Nested names → values.

    Raises:
        ParameterError: If a part has no name or a text no value.
    """
    if isinstance(typed, dict):
        return typed
    kinds = TypeExtractor(dict(pipelines)).extract_types_from_pipelines()
    items = []
    for item in filter(None, map(str.strip, typed.split(","))):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals):
            raise ParameterError(
                "`--params` is split at commas into parts of the form name=value.",
                received=item,
                remedy="Write a value that holds a comma, such as a path, into "
                "conf/<env>/parameters/*.yml instead.",
            )
        items.append(f"{name}={_quote_text(name, value, set(_kinds_of(name, kinds)))}")
    return dict(OmegaConf.to_container(OmegaConf.from_dotlist(items)))  # type: ignore[arg-type]


def _kinds_of(name: str, models: Mapping[str, Any]) -> Iterator[Any]:
    """The types that a parameter may have; none where it is not known."""
    key, *inner = name.split(".")
    annotation = models.get(key)
    for part in inner:
        model = _model_in(annotation)
        field = None if model is None else _fields_of(model).get(part)
        annotation = None if field is None else field.annotation
    return _list_kinds(annotation)


def _list_kinds(annotation: Any) -> Iterator[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        yield from map(type, parts)
    elif origin in (Union, UnionType, Annotated):
        for part in parts[:1] if origin is Annotated else parts:
            yield from _list_kinds(part)
    else:
        yield origin or annotation


def _quote_text(name: str, value: str, kinds: set[Any]) -> str:
    """Put a text into quotes for YAML, unless it has them or another type is possible."""
    is_list = value.startswith("[") and not kinds <= {str, Path, NoneType}
    if kinds.isdisjoint({str, Path}) or kinds & {int, float, bool} or is_list:
        return value
    if not value:
        raise ParameterError(
            f"`{name}` needs a value.",
            received=f"{name}=",
            remedy="Write it behind `=`" + (", or null for none." if NoneType in kinds else "."),
        )
    is_none = value.lower() == "null" and NoneType in kinds
    if (is_none and not (Path in kinds and Path(value).exists())) or value[0] in "'\"":
        return value
    return "'" + value.replace("'", "''") + "'"


def find_parameter(
    name: str, pipelines: Mapping[str, Pipeline], *, task: str, running: Sequence[str] = ()
) -> str | None:
    """Find a parameter by its last name alone, anywhere in the typed models.

    Args:
        name: The last part of its path, such as ``epochs``.
        pipelines: The registered pipelines.
        task: The task of the run; its parameters come first.
        running: Names of those that run, whose parameters come first; none for the default one.

    Returns:
        The path that is most likely meant, such as ``training.segmentation.epochs``; None where no
        parameter is called so.
    """
    first = {key: pipelines[key] for key in running or ("__default__",) if key in pipelines}
    for among in (first, pipelines):
        types = TypeExtractor(dict(among)).extract_types_from_pipelines()
        paths = [
            path
            for key, kind in types.items()
            if issubclass(kind, BaseModel)
            for path in _list_paths(key, kind)
            if path.rpartition(".")[2] == name
        ]
        if paths:
            return min(paths, key=lambda path: (task not in path.split("."), path.count(".")))
    return None


def _list_paths(path: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in _fields_of(model).items():
        yield f"{path}.{name}"
        if (nested := _model_in(field.annotation)) is not None:
            yield from _list_paths(f"{path}.{name}", nested)


def _explain(key: str, model: type[BaseModel], details: ErrorDetails) -> ParameterError:
    location = details["loc"]
    path = ".".join([key, *map(str, location)])
    remedy = "Correct it in --params or under conf/."
    if details["type"] == "extra_forbidden":
        known = _names_beside(model, location)
        parent, _, name = path.rpartition(".")
        return ParameterError(
            "Parameters must be spelt as in conf/base/parameters.",
            received=path,
            remedy=suggest_name(name, known, prefix=f"{parent}.") if known else _SEE_PARAMETERS,
        )
    if details["type"] == "missing":
        return ParameterError(f"`{path}` must be set.", received="nothing", remedy=f"Set `{path}`.")
    if details["type"] in ("path_type", "string_type") and _is_by_yaml(details["input"]):
        remedy = "YAML reads a number, a date or yes/no there: put the value in quotes."
    if details["type"] == "literal_error":
        remedy = suggest_name(str(details["input"]), _QUOTED.findall(details["ctx"]["expected"]))
    rule = details["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return ParameterError(
        f"`{path}` {rule}." if rule.startswith("must") else f"`{path}`: {rule.rstrip('.')}.",
        received=repr(details["input"]),
        remedy=remedy,
    )


def _is_by_yaml(value: object) -> bool:
    return isinstance(value, bool | int | float | date)


def _names_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    current: type[BaseModel] | None = model
    for name in location[:-1]:
        if current is None or name not in _fields_of(current):
            continue  # pydantic puts the tags of unions between the names
        current = _model_in(_fields_of(current)[str(name)].annotation)
    return [] if current is None else list(_fields_of(current))


def _fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    blocks = getattr(model, "blocks", None)  # one field a task, where there is a block for each
    return {**model.model_fields, **(blocks().model_fields if blocks else {})}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = [model for model in map(_model_in, get_args(annotation)) if model is not None]
    return models[0] if models else None
