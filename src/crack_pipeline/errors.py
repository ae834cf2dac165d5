"""Domain exceptions: each message states the rule, what was received, and the remedy."""


class CrackPipelineError(Exception):
    """Base of every error that a user can mend.

    Args:
        rule: What holds, naming the argument: "Each image needs exactly one mask with its stem."
        received: What came instead: "118 images, 117 masks; missing: CFD_042".
        remedy: What to do: "Add the mask, or list the stem under `ingestion.ignore`."
    """

    def __init__(self, rule: str, *, received: str, remedy: str) -> None:
        self.rule = rule
        self.received = received
        self.remedy = remedy
        super().__init__(f"{rule} Received: {received.rstrip('.')}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between worker processes: keyword-only arguments need help to be rebuilt.
        return (_rebuild_error, (type(self), self.rule, self.received, self.remedy))


def _rebuild_error(
    kind: type[CrackPipelineError], rule: str, received: str, remedy: str
) -> CrackPipelineError:
    return kind(rule, received=received, remedy=remedy)


class ParameterError(CrackPipelineError):
    """A parameter is unknown, misspelt or out of range."""


class SourceError(CrackPipelineError):
    """A data source is unknown, missing or empty."""


class LayoutError(SourceError):
    """A folder does not have the layout that its source names."""


class DownloadError(SourceError):
    """A file cannot be fetched, or is not the one that was fetched before."""


class ArchiveError(SourceError):
    """An archive is damaged, cut off, hostile or too large."""


class ImageReadError(CrackPipelineError):
    """A file cannot be decoded to an image."""


class MaskError(CrackPipelineError):
    """A mask cannot be read, or does not belong to its image."""


class ManifestError(CrackPipelineError):
    """A manifest breaks its schema, or lacks what a task needs."""


class SplitError(CrackPipelineError):
    """Photos cannot be divided as asked."""


class ShapeError(CrackPipelineError):
    """An array has the wrong number of dimensions, shape or type."""


class StorageError(CrackPipelineError):
    """Something cannot be written: no space, no permission, a half-written store."""


class DamagedError(StorageError):
    """A file of this project is not what was written."""


class TrainingError(CrackPipelineError):
    """A training cannot start, or stopped before its end."""


class FollowerDoneError(CrackPipelineError):
    """A process that helped process 0 to train has done its part; the command ends well.

    Args:
        process: Number of the process.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        super().__init__(
            "Process 0 of a distributed training keeps the model.",
            received=f"process {process}, which has done its part",
            remedy="Process 0 goes on with the pipeline.",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (FollowerDoneError, (self.process,))


class WeightsError(CrackPipelineError):
    """Pretrained weights cannot be had, or do not fit the model."""


class TrackingError(CrackPipelineError):
    """The tracking store does not answer or refuses."""
