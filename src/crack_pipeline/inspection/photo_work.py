"""What is done to each photo of an inspection: read, predict, measure, write."""

import hashlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from crack_pipeline.errors import CrackPipelineError, StorageError
from crack_pipeline.images.exif import Shot, read_shot
from crack_pipeline.images.reading import decode_photo, read_bytes
from crack_pipeline.inspection.crack_model import CrackModel, Prediction
from crack_pipeline.inspection.files import PARTS, is_done, place_of, write_failure, write_photo
from crack_pipeline.inspection.settings import PredictionSettings
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.storage import digest_file
from crack_pipeline.types import RgbImage
from crack_pipeline.version import __version__

logger = logging.getLogger(__name__)

_RECORD_VERSION = 4
"""Raised when the same photo, model and settings would give other results."""

_HUGE_PX = 40_000_000
"""A photo of more pixels is alone in memory."""

_Result = TypeVar("_Result")


def digest_model(bundle: ModelBundle) -> str:
    """SHA-256 of weights, threshold, views and error bars of a model."""
    facts = [
        bundle.info.identity,
        bundle.require_decision().model_dump(mode="json"),
        bundle.measurement and bundle.measurement.model_dump(mode="json"),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LoadedPhoto:
    """A photo in memory.

    Attributes:
        name: Path below the folder.
        pixels: (H, W, 3) uint8.
        sha256: Of the file.
        shot: When and where it was taken.
        started: When reading began, of the monotonic clock.
    """

    name: str
    pixels: RgbImage
    sha256: str
    shot: Shot
    started: float

    @property
    def is_huge(self) -> bool:
        """True where no other photo should be in memory beside it."""
        return bool(self.pixels[..., 0].size > _HUGE_PX)


@dataclass(frozen=True)
class PhotoWork:
    """The steps of a photo; travels to workers without its network, which they load.

    Attributes:
        bundle: The model, with its decision.
        settings: Scale, and folder of the results.
        files: Path of each photo below the folder → file.
    """

    bundle: ModelBundle
    settings: PredictionSettings
    files: Mapping[str, Path]

    @cached_property
    def made_from(self) -> str:
        """Version of the program, model and settings, which decide all results beside the photo."""
        program = [_RECORD_VERSION, __version__]
        made_from = [*program, digest_model(self.bundle), self.settings.deciding]
        return json.dumps(made_from, sort_keys=True)

    def key_of(self, sha256: str) -> str:
        """Digest of what the results of a photo are made from."""
        return hashlib.sha256(f"{self.made_from}{sha256}".encode()).hexdigest()

    def is_done(self, name: str) -> bool:
        """True where a photo has results that were made from what it is now."""
        output = self.settings.output
        if not place_of(output, PARTS, name, ".json").is_file():
            return False
        try:
            sha256 = digest_file(self.files[name])
        except OSError:
            return False
        return is_done(output, name, self.key_of(sha256))

    def read(self, name: str) -> LoadedPhoto:
        """Read a photo.

        Raises:
            ImageReadError: If it is no whole image, or too large.
        """
        started = time.monotonic()
        data = read_bytes(self.files[name])
        pixels = decode_photo(data, max_megapixels=self.settings.max_megapixels).pixels
        return LoadedPhoto(name, pixels, hashlib.sha256(data).hexdigest(), read_shot(data), started)

    def predict(self, photo: LoadedPhoto) -> Prediction:
        """Predict the probability of crack."""
        return CrackModel(self.bundle).predict(photo.pixels, self.settings.params)

    def finish(self, photo: LoadedPhoto, prediction: Prediction) -> None:
        """Measure the cracks of a photo, and write its files."""
        params, model = self.settings.params, CrackModel(self.bundle)
        write_photo(
            model.judge(photo.pixels, prediction, params, photo.name),
            self.settings.output,
            key=self.key_of(photo.sha256),
            sha256=photo.sha256,
            shot=photo.shot,
            probabilities=params.probabilities,
            seconds=time.monotonic() - photo.started,
        )

    def attempt(self, name: str, step: Callable[..., _Result], *arguments: Any) -> _Result | None:
        """Take a step of a photo; what goes wrong is written down and stops no other photo.

        Returns:
            What the step gives; None where it fails.

        Raises:
            StorageError: If the results cannot be written.
        """
        try:
            return step(*arguments)
        except StorageError:
            raise
        except CrackPipelineError as error:
            reason = error.received
        except MemoryError:
            reason = "too large for the memory of this machine"
        except Exception as error:  # a fault of ours in one photo must not cost the others
            logger.exception("%s", name)
            reason = f"fault of the program: {type(error).__name__}: {error}"
        logger.warning("%s cannot be predicted: %s", name, reason)
        write_failure(self.settings.output, name, reason)
        return None


def predict_side_by_side(work: PhotoWork, names: Sequence[str]) -> Iterator[None]:
    """Predict photos; the next one is decoded and the last one measured beside the network.

    Args:
        work: The steps.
        names: Paths of the photos below their folder.

    Yields:
        Once a photo.

    Raises:
        ParameterError: If the network is not the one that its facts speak of.
        StorageError: If it is damaged, or results cannot be written.
    """
    if not names:
        return
    _ = work.bundle.keras_model  # a fault of the model is no fault of the first photo
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for photo in _read_ahead(work, names, reader):
            prediction = photo and work.attempt(photo.name, work.predict, photo)
            if writing is not None:
                writing.result()
            if photo is not None and prediction is not None:
                writing = writer.submit(work.attempt, photo.name, work.finish, photo, prediction)
                if photo.is_huge:
                    writing.result()
            photo = prediction = None  # before the next one is read
            yield
        if writing is not None:
            writing.result()


def _read_ahead(
    work: PhotoWork, names: Sequence[str], reader: ThreadPoolExecutor
) -> Iterator[LoadedPhoto | None]:
    """Yield the photos while the next one is read; a huge one is alone."""

    def read(name: str) -> Future[LoadedPhoto | None]:
        return reader.submit(work.attempt, name, work.read, name)

    ahead = deque([read(names[0])])
    for following in [*names[1:], None]:
        photo = ahead.popleft().result()
        is_alone = photo is not None and photo.is_huge
        if following and not is_alone:
            ahead.append(read(following))
        yield photo
        photo = None
        if following and is_alone:
            ahead.append(read(following))


_on_this_worker: dict[str, PhotoWork] = {}
_one_at_a_time = threading.Lock()


def predict_on_worker(name: str, work: PhotoWork) -> None:
    """Predict one photo in a process that loads the model once.

    Args:
        name: Path of the photo below its folder.
        work: The steps.

    Raises:
        ParameterError: If the network is not the one that its facts speak of.
        StorageError: If it is damaged, or results cannot be written.
    """
    with _one_at_a_time:
        own = _on_this_worker.setdefault(work.made_from, work)
        for _ in predict_side_by_side(replace(work, bundle=own.bundle), [name]):
            pass
