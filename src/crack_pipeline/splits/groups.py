"""Group photos that must not be divided: duplicates, and patches of one photo."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.splits.duplicates import Pairs


def group_photos(image_ids: pd.Series, *, same: list[pd.Series], near: Pairs) -> pd.Series:
    """Connect photos that share a value or are near-duplicates, and name each group.

    Args:
        image_ids: N unique ids.
        same: Columns of N values; rows with an equal value belong together, missing ones do not.
        near: (K, 2) row numbers of near-duplicates.

    Returns:
        N group ids: the least image id of each group.
    """
    edges = np.vstack([near, *(link_equal(values) for values in same)])
    n_rows = len(image_ids)
    graph = coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), (n_rows, n_rows))
    _, components = connected_components(graph, directed=False)
    ids = image_ids.astype("string").reset_index(drop=True)
    named = ids.groupby(components).transform("min")
    return named.set_axis(image_ids.index)


def link_equal(values: pd.Series) -> Pairs:
    """Link each row to the first row with the same value.

    Args:
        values: N values; missing ones are equal to nothing.

    Returns:
        (K, 2) row numbers; a row that is the first of its value is linked to itself.
    """
    codes, _ = pd.factorize(values)
    rows = np.arange(len(codes))
    known = codes >= 0
    first_of_code = np.full(codes.max(initial=-1) + 1, len(codes))
    np.minimum.at(first_of_code, codes[known], rows[known])
    return np.column_stack([rows[known], first_of_code[codes[known]]]).astype(np.int64)
