"""The parameters of where work is done that is shared out: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sopbench.params.section import Section

BACKENDS = ("loky", "dask")
"""Who does shared-out work, by joblib's names: processes of this machine, or a Dask cluster."""

LOCAL = "local"
"""In place of a scheduler's address: a cluster on this machine, started for the run."""


class Compute(Section):
    """Where the work of a step is done; what comes out is the same."""

    backend: Literal[BACKENDS] = Field(
        "loky", description="loky = processes of this machine; dask = the workers of a Dask cluster"
    )
    scheduler: str = Field(
        LOCAL,
        min_length=1,
        description="the cluster's scheduler, e.g. tcp://10.0.0.5:8786; ${NAME} takes a variable of the environment; "
        "local = a cluster started on this machine",
    )
