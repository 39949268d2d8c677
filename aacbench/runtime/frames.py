"""Rows as a pandas data frame with typed columns. Never for reading captions: pandas takes `nan` as missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame(
    rows: Sequence[Mapping[str, Any]], texts: Collection[str], whole: Collection[str], first: Sequence[str]
) -> pd.DataFrame:
    """Return rows as a data frame, the columns `first` first: `texts` are strings, `whole` integers, others floats.

    What a row lacks is missing (`pd.NA`, or not a number).
    """
    import pandas as pd  # half a second that nothing else needs

    columns = [*dict.fromkeys([*first, *(name for row in rows for name in row)])]
    types = {name: "string" if name in texts else "Int64" if name in whole else "float64" for name in columns}
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=kind) for name, kind in types.items()})
