"""What goes to another process or machine and back: one run of bytes, in which every table is Arrow.

Bytes also survive the loss of a Dask worker. Joblib's Dask backend scatters any larger object among the workers, where
it dies with the worker that holds it; bytes it leaves in the task itself, which the scheduler hands to another worker.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pyarrow as pa


def pack(thing: Any) -> bytes:
    """Anything that can be pickled, functions of a notebook too, as bytes; tables in it, however deep, as Arrow."""
    sink = io.BytesIO()
    _Packer(sink, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    return sink.getvalue()


def unpack(packed: bytes) -> Any:
    """What was packed, the same to the last bit."""
    return pickle.loads(packed)


def to_arrow(frame: pd.DataFrame) -> bytes | None:
    """The columns of a table as an Arrow stream; None of one that Arrow would not give back as it was.

    That is one with a column of objects that are not text (a date, text beside NaN) or of a type of pandas's own.
    """
    columns = [_column(column) for _, column in frame.items()]
    if frame.attrs or any(column is None for column in columns):
        return None
    table = pa.Table.from_arrays(columns, [str(place) for place in range(len(columns))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def from_arrow(stream: bytes, index: pd.Index, columns: pd.Index, by_row: bool = False) -> pd.DataFrame:
    """The table of an Arrow stream, with the labels of its rows and columns; its numbers in memory row by row or not.

    Sums along rows depend on that in their last digit.
    """
    frame = pa.ipc.open_stream(stream).read_pandas()
    if by_row:
        frame = pd.DataFrame(np.ascontiguousarray(frame.to_numpy()), copy=False)
    frame.index, frame.columns = index, columns
    return frame


def _by_row(frame: pd.DataFrame) -> bool:
    if frame.shape[1] < 2 or len({*frame.dtypes}) > 1 or frame.dtypes.iloc[0].kind == "O":
        return False
    flags = frame.to_numpy().flags
    return flags.c_contiguous and not flags.f_contiguous


def _series(stream: bytes, index: pd.Index, name: Any) -> pd.Series:
    return from_arrow(stream, index, pd.RangeIndex(1))[0].rename(name)


def _column(column: pd.Series) -> pa.Array | None:
    if not isinstance(column.dtype, np.dtype):
        return None
    try:
        found = pa.array(column.to_numpy(), from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    as_it_was = column.dtype != object or pa.types.is_string(found.type) or pa.types.is_null(found.type)
    return found if as_it_was else None


class _Packer(cloudpickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        if type(thing) is pd.DataFrame and (stream := to_arrow(thing)) is not None:
            return from_arrow, (stream, thing.index, thing.columns, _by_row(thing))
        if type(thing) is pd.Series and (stream := to_arrow(thing.to_frame(0))) is not None:
            return _series, (stream, thing.index, thing.name)
        return super().reducer_override(thing)
