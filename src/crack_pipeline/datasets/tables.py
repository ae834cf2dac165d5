"""Tables as CSV files that a spreadsheet may open."""

from typing import Any, ClassVar

import pandas as pd
from kedro_datasets.pandas import CSVDataset

from crack_pipeline.spreadsheets import LINE_END, defuse, map_text, restore


class TableDataset(CSVDataset):
    """A table whose text no spreadsheet takes for a formula, and which is loaded as it was."""

    DEFAULT_SAVE_ARGS: ClassVar[dict[str, Any]] = {"index": False, "lineterminator": LINE_END}
    DEFAULT_FS_ARGS: ClassVar[dict[str, Any]] = {
        "open_args_save": {"mode": "w", "encoding": "utf-8", "newline": ""}
    }

    def save(self, data: pd.DataFrame) -> None:
        """Write the table with an apostrophe before such text."""
        super().save(map_text(data, defuse))

    def load(self) -> pd.DataFrame:
        """Read the table without these apostrophes."""
        return map_text(super().load(), restore)
