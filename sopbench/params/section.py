"""What every section of a params file is: no unknown names, no change once read."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Section(BaseModel):
    """A part of a params file: no unknown names, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


DATE = r"(19|20|21)\d{2}-\d{2}(-\d{2})?"
"""How a bucket is named: a month or a day."""


MOST_JOBS = 1024
"""More processes than any one computer has cores for."""


def _somebody_works(jobs: int) -> int:
    if jobs == 0:
        raise ValueError("no process would do the work: give 1 or more, or -1 for as many as there are cores")
    if abs(jobs) > MOST_JOBS:
        raise ValueError(
            f"more than {MOST_JOBS} processes would stop the computer: give -1 for as many as there are cores"
        )
    return jobs


Jobs = Annotated[int, AfterValidator(_somebody_works)]
"""Processes that share work; -1 = as many as there are cores."""
