"""A trained model with all that a prediction with it needs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crack_pipeline.errors import ParameterError
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.measure.error_bars import ErrorBars
from crack_pipeline.prediction.decision import Decision, read_decision, require_views
from crack_pipeline.prediction.measurement import MeasurementRecord, read_measurement
from crack_pipeline.prediction.model_info import ModelInfo, read_model_info
from crack_pipeline.prediction.photo import (
    PredictBatch,
    TilingSettings,
    predict_labels,
    predict_levels,
    predict_photo,
    require_photo,
)
from crack_pipeline.prediction.runtimes import (
    BatchModel,
    SavedNetwork,
    make_predict_batch,
    require_own_network,
)
from crack_pipeline.prediction.views import MaskViews
from crack_pipeline.storage import read_sealed
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import BinaryMask, ProbabilityLevels, ProbabilityMap, RgbImage, Task

NETWORK_FILE, INFO_FILE, DECISION_FILE = "model.keras", "model_info.json", "decision.json"
MEASUREMENT_FILE = "measurement.json"
_NETWORK_OF_MLFLOW = f"data/{NETWORK_FILE}"
_COMPACT_FROM_PX = 64_000_000
"""Photos that ingestion refuses unless told otherwise keep float32, and evaluation its numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelBundle:
    """A network, its facts and its decision; it predicts as it was evaluated.

    Views belong to the threshold: a bundle with a decision predicts under the views that the
    decision was made under, and under no others.

    Attributes:
        network: The network; one from a file is loaded at the first prediction.
        info: Facts of its training, the tiling among them.
        decision: Threshold, temperature and views; None before evaluation.
        trial_views: Test-time views of a bundle without decision.
        measurement: How well it measures with its decision; None where that was not calibrated.

    >>> import numpy as np
    >>> class Dark:
    ...     def predict_on_batch(self, x):
    ...         return 1 - x[..., :1] / np.float32(255)
    >>> info = ModelInfo(task="segmentation", model="dark", tile_px=4, overlap_px=0)
    >>> bundle = ModelBundle(Dark(), info, Decision(threshold=0.5, views="none"))
    >>> photo = np.full((2, 3, 3), 255, np.uint8)
    >>> photo[0] = 10
    >>> bundle.predict_mask(photo)
    array([[1, 1, 1],
           [0, 0, 0]], dtype=uint8)
    """

    network: BatchModel
    info: ModelInfo
    decision: Decision | None = None
    trial_views: MaskViews = "none"
    measurement: MeasurementRecord | None = None

    @classmethod
    def from_folder(cls, folder: str | Path) -> "ModelBundle":
        """Read a bundle from the folder of a trained model.

        Args:
            folder: Holds ``model.keras``, ``model_info.json`` and, after an evaluation,
                ``decision.json`` and ``measurement.json``: ``data/06_models/<data set>/<task>``, or
                a downloaded model of MLflow.

        Returns:
            The bundle; its network is loaded at the first prediction.

        Raises:
            ParameterError: If a file is missing, of a later version or of another model.
            StorageError: If one is damaged, or was changed.
        """
        folder = Path(folder)
        network = folder / NETWORK_FILE
        if not network.is_file():
            network = folder / _NETWORK_OF_MLFLOW
        for path in (network, folder / INFO_FILE):
            if not path.is_file():
                raise ParameterError(
                    f"The folder of a model must hold {NETWORK_FILE} and {INFO_FILE}.",
                    received=f"no {path.name} in {folder}",
                    remedy="Run `kedro run --pipeline=train` first, or give another folder.",
                )
        facts = read_sealed(folder / INFO_FILE)
        decision, measurement = (
            read_sealed(path) if path.is_file() else None
            for path in (folder / DECISION_FILE, folder / MEASUREMENT_FILE)
        )
        return cls.assemble(
            SavedNetwork(network, read_model_info(facts)), facts, decision, measurement=measurement
        )

    @classmethod
    def assemble(
        cls,
        network: BatchModel,
        model_info: Mapping[str, Any],
        decision: Mapping[str, Any] | None = None,
        *,
        task: Task | None = None,
        measurement: Mapping[str, Any] | None = None,
    ) -> "ModelBundle":
        """Put a network together with the content of its files.

        Args:
            network: The network.
            model_info: Content of ``model_info.json``.
            decision: Content of ``decision.json``; None before evaluation.
            task: The task that the caller needs the model for; None for any.
            measurement: Content of ``measurement.json``, left aside without a decision; None where
                the model was evaluated by an earlier version.

        Returns:
            The bundle.

        Raises:
            ParameterError: If the parts are not of one model, one of them is wrong, or the model is
                of another task.
        """
        info = read_model_info(model_info, task=task)
        require_own_network(network, info)
        if decision is None:
            return cls(network, info)
        decided = read_decision(decision, info)
        known = None if measurement is None else read_measurement(measurement, info, decided)
        return cls(network, info, decided, measurement=known)

    @property
    def keras_model(self) -> Any:
        """The network as a ``keras.Model``, for gradients and layers."""
        return self.network.loaded if isinstance(self.network, SavedNetwork) else self.network

    @property
    def predict_batch(self) -> PredictBatch:
        """The network as a function of arrays."""
        return make_predict_batch(self.network)

    @property
    def views(self) -> MaskViews:
        """Test-time views that it predicts under.

        Raises:
            ParameterError: If its decision does not name them.
        """
        return self.trial_views if self.decision is None else require_views(self.decision)

    @property
    def tiling(self) -> TilingSettings:
        """How a photo becomes the network's input, and the views that it is predicted under."""
        return TilingSettings.from_model_info(self.info, views=self.views)

    @property
    def threshold(self) -> float:
        """From which probability on there is a crack.

        Raises:
            ParameterError: If there is no decision.
        """
        return self.require_decision().threshold

    @property
    def temperature(self) -> float:
        """Divisor of the logits that calibrates the probabilities.

        Raises:
            ParameterError: If there is no decision.
        """
        return self.require_decision().temperature

    @property
    def error_bars(self) -> ErrorBars:
        """How far its measures may be off; of a model that was not calibrated, not known."""
        return ErrorBars() if self.measurement is None else self.measurement.error_bars

    def under(self, views: MaskViews) -> "ModelBundle":
        """The same network under other views, without a decision."""
        return replace(self, decision=None, trial_views=views, measurement=None)

    def decided(self, decision: Decision) -> "ModelBundle":
        """The same network with a decision, under its views."""
        return replace(self, decision=decision, measurement=None)

    def predict_map(self, photo: RgbImage) -> ProbabilityMap:
        """Predict the crack probability of each pixel.

        Args:
            photo: (H, W, 3) uint8 of any size.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            ParameterError: If the model labels whole photos.
            ShapeError: If it is no photo, or the network does not give a probability per pixel.
        """
        self._require_other_truth("labels", "predict_labels")
        return predict_photo(require_photo(photo), self.predict_batch, self.tiling)

    def predict_compact_map(self, photo: RgbImage) -> ProbabilityMap | ProbabilityLevels:
        """Predict as ``predict_map`` does, a large photo in half the memory.

        Args:
            photo: (H, W, 3) uint8 of any size.

        Returns:
            (H, W) float32 in [0, 1]; from 64 megapixels on uint16 of 65 535.

        Raises:
            ParameterError: If the model labels whole photos.
            ShapeError: If it is no photo, or the network does not give a probability per pixel.
        """
        photo = require_photo(photo)
        if photo.shape[0] * photo.shape[1] < _COMPACT_FROM_PX:
            return self.predict_map(photo)
        self._require_other_truth("labels", "predict_labels")
        return predict_levels(photo, self.predict_batch, self.tiling)

    def predict_mask(self, photo: RgbImage) -> BinaryMask:
        """Mark the crack pixels of a photo.

        Args:
            photo: (H, W, 3) uint8 of any size.

        Returns:
            (H, W) uint8, 1 is crack.

        Raises:
            ParameterError: If there is no decision.
            ShapeError: If the network does not give a probability per pixel.
        """
        threshold = self.threshold
        return apply_threshold(self.predict_compact_map(photo), threshold)

    def predict_labels(self, photos: Iterable[RgbImage]) -> Iterator[float]:
        """Predict for each photo the probability that it shows a crack.

        Args:
            photos: (H, W, 3) uint8 of any sizes; one batch is read at a time.

        Yields:
            One probability in [0, 1] per photo.

        Raises:
            ParameterError: If the model marks pixels.
            ShapeError: If something is no photo, or the network does not give a probability per
                photo.
        """
        self._require_other_truth("masks", "predict_mask")
        return predict_labels(map(require_photo, photos), self.predict_batch, self.tiling)

    def predict_each(self, photos: Iterable[RgbImage]) -> "Iterator[ProbabilityMap | float]":
        """Predict each photo as its task decodes it: a map, a probability, or what it defines."""
        spec = task_spec(self.info.task)
        if spec.decode is not None:
            yield from spec.part("decode")(self, map(require_photo, photos))
        elif spec.truth == "masks":
            yield from map(self.predict_map, photos)
        else:
            yield from self.predict_labels(photos)

    def decide(self, probability: ProbabilityMap | ProbabilityLevels | float) -> dict[str, Any]:
        """Turn what was predicted for a photo into a decision.

        Args:
            probability: A map, or the probability that the photo shows a crack.

        Returns:
            Of a map ``mask``, (H, W) uint8 with 1 for crack, else ``label``, "crack" or "no crack";
            and the ``probability``.

        Raises:
            ParameterError: If there is no decision.
        """
        if isinstance(probability, float):
            label = "crack" if probability >= self.threshold else "no crack"
            return {"label": label, "probability": probability}
        mask = apply_threshold(probability, self.threshold)
        return {"mask": mask, "probability": probability}

    def _require_other_truth(self, truth: str, instead: str) -> None:
        task = self.info.task
        if task_spec(task).truth == truth:
            raise ParameterError(
                "A model predicts what it was trained for: masks or labels.",
                received=f"a {task} model",
                remedy=f"Call `{instead}` of this bundle.",
            )

    def require_decision(self) -> Decision:
        """The decision of the model.

        Raises:
            ParameterError: If there is none.
        """
        if self.decision is None:
            raise ParameterError(
                "A mask or a label needs the threshold that evaluation chooses.",
                received=f"a {self.info.task} model without {DECISION_FILE}",
                remedy="Run `kedro run --pipeline=evaluate` first.",
            )
        return self.decision
