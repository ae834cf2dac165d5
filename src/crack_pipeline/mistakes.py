"""Tells what a user can mend from what is a bug, so that the first needs no traceback."""

import errno
from collections.abc import Iterator

from crack_pipeline.errors import CrackPipelineError, ParameterError, StorageError

_STORAGE_ERRNOS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
)
_CONFIGURATION_ERRORS = {"yaml.error.YAMLError", "omegaconf.errors.OmegaConfBaseException"}


def find_mistake(error: BaseException | None) -> CrackPipelineError | None:
    """Find what a user can mend in an error, or in what caused it.

    Args:
        error: What ended a run; None for nothing.

    Returns:
        The error with rule, received and remedy; None if this is a bug.
    """
    causes = list(_causes(error))
    return next(filter(None, [*map(_explain, causes), *map(_explain_damage, causes)]), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _explain(error: BaseException) -> CrackPipelineError | None:
    text = " ".join(str(error).split())
    # Named instead of imported: a check of an error must not cost imports of its own.
    families = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if isinstance(error, CrackPipelineError):
        return error
    if isinstance(error, OSError) and error.errno in _STORAGE_ERRNOS:
        place = f" at {error.filename}" if error.filename else ""
        return StorageError(
            "Each file that a pipeline reads or writes needs a folder, permission and space.",
            received=f"{error.strerror}{place}",
            remedy="Give permission, free space, move away what is in its place, or work in "
            "another folder; the same command goes on.",
        )
    if not families.isdisjoint(_CONFIGURATION_ERRORS):
        return ParameterError(
            "Files under conf/ and --params must be valid YAML whose ${…} references resolve.",
            received=text,
            remedy="Correct the file or value that is named here.",
        )
    if isinstance(error, ValueError) and text.startswith("Pipeline contains no nodes"):
        return ParameterError(
            "--nodes, --from-nodes, --to-nodes, --tags and the like must leave a node to run.",
            received="options of which no node fulfils all",
            remedy="Leave one of them out; `kedro registry describe <pipeline>` lists the nodes in "
            "their order.",
        )
    return None


def _explain_damage(error: BaseException) -> StorageError | None:
    if type(error).__name__ != "DatasetError" or not str(error).startswith("Failed while loading"):
        return None
    return StorageError(
        "A file that an earlier pipeline wrote must be whole.",
        received=" ".join(str(error).split())[:400],
        remedy="Run the pipeline that writes it again; `kedro viz` shows which one that is, "
        "kedro run --pipeline=train runs all.",
    )
