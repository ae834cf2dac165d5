"""A folder of drawn files: drawing goes on where it stopped, and begins anew for other settings."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.progress import track
from crack_pipeline.storage import write_bytes_aside
from crack_pipeline.types import RgbImage

UNFINISHED_MARKER = "unfinished.json"
_FEW = 8

_Plan = TypeVar("_Plan")


def begin_drawing(
    folder: Path, marker: str, record: Mapping[str, Any], files: Mapping[str, str]
) -> bool:
    """Make a folder ready for what a record describes.

    Args:
        folder: Where files are drawn.
        marker: Name of the finished marker; ``UNFINISHED_MARKER`` stands in its place before.
        record: Version and settings of the drawing, ready for JSON.
        files: Folder below it → pattern of the names of drawn files, which are removed where the
            record is another one.

    Returns:
        True where everything was drawn before.
    """
    if read_marker(folder / marker) == record:
        return True
    if read_marker(folder / UNFINISHED_MARKER) == record:
        return False
    for name in (marker, UNFINISHED_MARKER):
        (folder / name).unlink(missing_ok=True)
    for below, pattern in files.items():
        (folder / below).mkdir(parents=True, exist_ok=True)
        for path in (folder / below).glob(pattern):
            path.unlink()
    write_bytes_aside(folder / UNFINISHED_MARKER, json.dumps(record, indent=2).encode())
    return False


def finish_drawing(folder: Path, marker: str, table: Path, content: bytes) -> None:
    """Write the table of the files, and the finished marker last."""
    if not table.is_file() or table.read_bytes() != content:
        write_bytes_aside(table, content)
    if not (folder / marker).is_file():
        (folder / UNFINISHED_MARKER).replace(folder / marker)


def read_marker(path: Path) -> Any:
    """The content of a marker; None where there is none, or it is no JSON."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def draw_each(
    draw: Callable[[_Plan], None], plans: Sequence[_Plan], *, n_jobs: int, description: str
) -> None:
    """Draw files on several cores, with progress.

    Args:
        draw: Writes the files of one plan.
        plans: What is drawn.
        n_jobs: Number of processes; -1 for one a core.
        description: Of the progress.
    """
    done: Iterable[None] = map(draw, plans)
    if n_jobs != 1 and len(plans) > _FEW:
        # Starting processes is worth it for many photos only, and so is the import.
        from joblib import Parallel, delayed

        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        done = cast(Iterable[None], parallel(delayed(draw)(plan) for plan in plans))
    for _ in track(done, total=len(plans), description=description, unit="photos"):
        pass


def encode_jpeg(image: RgbImage, quality: int) -> bytes:
    """Encode a photo as JPEG."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def encode_png(levels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W) levels as PNG."""
    return bytes(cv2.imencode(".png", levels)[1])
