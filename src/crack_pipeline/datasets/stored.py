"""The manifest and the small records beside it, as files that tell when they were changed."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io.core import get_filepath_str
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset

from crack_pipeline.manifest import open_manifest, seal_manifest
from crack_pipeline.storage import (
    read_sealed,
    seal_record,
    write_aside,
    write_bytes_aside,
)


class ManifestDataset(ParquetDataset):
    """The manifest as a Parquet file with its digest inside."""

    def save(self, data: pd.DataFrame) -> None:
        """Write a validated manifest; a half-written one never takes the place of a whole one."""
        sealed = seal_manifest(data)
        write_aside(_path_of(self), lambda path: sealed.to_parquet(path, **self._save_args))

    def load(self) -> pd.DataFrame:
        """Read it; a ``CrackPipelineError`` where it is not what was saved."""
        return open_manifest(super().load())


class RecordDataset(JSONDataset):
    """A JSON object with its digest inside, under ``sealed``.

    Args:
        unsealed: Read an object that has none, too, as earlier versions wrote them.
        **settings: Of a ``JSONDataset``.
    """

    def __init__(self, *, unsealed: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self._unsealed = unsealed

    def save(self, data: dict[str, Any]) -> None:
        """Write an object; a half-written one never takes the place of a whole one."""
        write_bytes_aside(_path_of(self), json.dumps(seal_record(data), **self._save_args).encode())

    def load(self) -> dict[str, Any]:
        """Read it; a ``DamagedError`` where it is not what was saved."""
        return read_sealed(_path_of(self), unsealed=self._unsealed)


def _path_of(dataset: ParquetDataset | JSONDataset) -> Path:
    return Path(get_filepath_str(dataset._filepath, dataset._protocol))
