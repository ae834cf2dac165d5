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


def find_mistake(error: BaseException | None) -> CrackPipelineError | None:
    """Find what a user can mend in an error, or in what caused it.

    Args:
        error: What ended a run; None for nothing.

    Returns:
        The error with rule, received and remedy; None if this is a bug.
    """
    for cause in _causes(error):
        if isinstance(cause, CrackPipelineError):
            return cause
        if isinstance(cause, OSError) and cause.errno in _STORAGE_ERRNOS:
            return _storage_mistake(cause)
        if _is_configuration_error(cause):
            return _configuration_mistake(cause)
        if isinstance(cause, ValueError) and str(cause).startswith("Pipeline does not contain"):
            return _unknown_part(cause)
    return next((_damaged_file(cause) for cause in _causes(error) if _is_damaged_file(cause)), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _storage_mistake(error: OSError) -> StorageError:
    place = f" at {error.filename}" if error.filename else ""
    return StorageError(
        "Each file that a pipeline reads or writes needs a folder, permission and space.",
        received=f"{error.strerror}{place}",
        remedy="Give permission, free space, move away what is in its place, or work in another "
        "folder; the same command goes on.",
    )


def _unknown_part(error: BaseException) -> ParameterError:
    return ParameterError(
        "--nodes, --from-nodes, --to-nodes, --tags and the like must name parts of the pipeline.",
        received=" ".join(str(error).split()),
        remedy="`kedro registry describe <pipeline>` lists the names.",
    )


def _is_damaged_file(error: BaseException) -> bool:
    return type(error).__name__ == "DatasetError" and str(error).startswith("Failed while loading")


def _damaged_file(error: BaseException) -> StorageError:
    return StorageError(
        "A file that an earlier pipeline wrote must be whole.",
        received=" ".join(str(error).split())[:400],
        remedy="Run the pipeline that writes it again; `kedro viz` shows which one that is, "
        "kedro run --pipeline=train runs all.",
    )


def _is_configuration_error(error: BaseException) -> bool:
    # Named instead of imported: a check of an error must not cost imports of its own.
    families = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return not families.isdisjoint(
        {"yaml.error.YAMLError", "omegaconf.errors.OmegaConfBaseException"}
    )


def _configuration_mistake(error: BaseException) -> ParameterError:
    text = " ".join(str(error).split())
    return ParameterError(
        "Files under conf/ and --params must be valid YAML whose ${…} references resolve.",
        received=text,
        remedy="Correct the file or value that is named here.",
    )
