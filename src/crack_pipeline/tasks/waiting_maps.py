"""Probability maps that wait on disk until the decision threshold is known."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import StorageError
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.histograms import grid_index, quantize_probabilities
from crack_pipeline.metrics.structure import CentrelineCounts, measure_centrelines
from crack_pipeline.types import BinaryMask, ProbabilityMap

_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


class WaitingMaps:
    """Maps on disk, as levels of the grid; as PNG they take a tenth of their pixels.

    Args:
        folder: An empty folder.
        tolerance_px: Distance within which a strip of centreline counts as found.
    """

    def __init__(self, folder: Path, tolerance_px: float) -> None:
        self._folder = folder
        self._tolerance_px = tolerance_px
        self._n_maps = 0

    def add(self, probability: ProbabilityMap) -> None:
        """Write one map, after those before it.

        Args:
            probability: (H, W) in [0, 1].

        Raises:
            StorageError: If there is no room.
        """
        _, content = cv2.imencode(".png", quantize_probabilities(probability), _FAST)
        try:
            self._file(self._n_maps).write_bytes(content.tobytes())
        except OSError as error:
            raise StorageError(
                "Probability maps must wait on disk until the threshold is known.",
                received=f"{error.strerror} at {self._folder}",
                remedy="Free space there, or set TMPDIR to a folder that has room.",
            ) from error
        self._n_maps += 1

    def measure(self, mask_paths: "pd.Series[str]", threshold: float) -> list[CentrelineCounts]:
        """Measure the centrelines of all maps.

        Args:
            mask_paths: True masks, in the order of the maps.
            threshold: One of the grid.

        Returns:
            Counts of each photo.
        """
        return [
            measure_centrelines(
                self._mask(number, threshold),
                read_mask(Path(path)),
                tolerance_px=self._tolerance_px,
            )
            for number, path in enumerate(mask_paths)
        ]

    def _mask(self, number: int, threshold: float) -> BinaryMask:
        content = np.frombuffer(self._file(number).read_bytes(), np.uint8)
        levels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
        return (np.asarray(levels) >= grid_index(threshold)).astype(np.uint8)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.png"
