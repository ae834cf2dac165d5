"""A Keras model in one ``.keras`` file. Keras is imported only to load or save one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset, DatasetError

from crack_pipeline.prediction.runtimes import load_network
from crack_pipeline.storage import write_aside
from crack_pipeline.training.start import start_keras

if TYPE_CHECKING:
    import keras


class KerasModelDataset(AbstractDataset["keras.Model", "keras.Model"]):
    """Loads and saves a Keras model; a half-written file never takes the place of a whole one.

    Args:
        filepath: Path of the ``.keras`` file.
        metadata: What plugins and hooks read; left alone here.

    Raises:
        DatasetError: If ``filepath`` does not end in ``.keras``.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata
        if self._filepath.suffix != ".keras":
            raise DatasetError(
                f"`filepath` of a KerasModelDataset must end in .keras. Received: {filepath}. "
                "Rename it in the catalog."
            )

    def load(self) -> "keras.Model":
        """Read the model, without its training state."""
        start_keras()
        return load_network(self._filepath)

    def save(self, data: "keras.Model") -> None:
        """Write the model beside its place, then move it there.

        Args:
            data: A built Keras model.
        """
        write_aside(self._filepath, data.save)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
