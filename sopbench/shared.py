"""The one place where work is shared out: joblib does it, in processes of this machine or on a Dask cluster.

Which of them is in force is set where a step begins (compute.py). What crosses is bytes (packed.py), there and back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib.parallel import get_active_backend

from sopbench.packed import pack, unpack


def share_out(
    work: Callable[..., Any], pieces: Iterable[tuple], jobs: int = -1, in_threads: bool = False
) -> Iterator[Any]:
    """What `work` gives for each of the pieces (its arguments), in their order, as they come in.

    Args:
        pieces: each is made when it is handed over, and worked on by itself: inside it nothing is shared out again.
        jobs: 1 = one after another in this process; otherwise so many processes of this machine, -1 = one a core, or
            all workers of a cluster where one is in force.
        in_threads: on this machine, threads do for processes: the work is done outside Python.

    Raises what `work` raises.
    """
    if jobs == 1 or (effective_n_jobs(jobs) == 1 and not on_a_cluster()):
        yield from (work(*piece) for piece in pieces)
    elif in_threads and not on_a_cluster():
        yield from Parallel(n_jobs=jobs, prefer="threads")(delayed(work)(*piece) for piece in pieces)
    else:
        do = _on_a_worker if on_a_cluster() else _in_a_process
        parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")
        yield from map(unpack, parallel(delayed(do)(pack((work, piece))) for piece in pieces))


def sharers(jobs: int, much: bool) -> int:
    """How many share the work: all of a cluster, which is there already; of this machine's only where it is much.

    `jobs` is what the settings ask for, as in `share_out`.
    """
    return effective_n_jobs(jobs) if jobs != 1 and (much or on_a_cluster()) else 1


def on_a_cluster() -> bool:
    """Whether the joblib backend in force is a Dask cluster."""
    return type(get_active_backend()[0]).__name__ == "DaskDistributedBackend"


def _in_a_process(packed: bytes) -> bytes:
    work, piece = unpack(packed)
    with parallel_config(backend="sequential"):
        return pack(work(*piece))


def _on_a_worker(packed: bytes) -> bytes:
    """As in a process of this machine, which joblib itself keeps from using more cores than its share."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return _in_a_process(packed)
