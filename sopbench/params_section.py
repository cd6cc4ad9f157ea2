"""What every section of a params file is: no unknown names, no change once read."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of a params file: no unknown names, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


DATE = r"(19|20|21)\d{2}-\d{2}(-\d{2})?"
"""How a bucket is named: a month or a day."""
