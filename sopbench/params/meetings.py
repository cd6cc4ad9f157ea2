"""The parameters of the meeting pages: who may do what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sopbench.params.section import Section

ROLES = ("viewer", "planner", "approver")
"""What a visitor may do; each may also do what those before it may."""


class Meetings(Section):
    """The meeting pages: what the people who open them may do."""

    roles: dict[str, Literal[ROLES]] = Field(
        {}, description="by name: viewer (looks), planner (also overrides and scenarios) or approver (also approves)"
    )
    others: Literal[ROLES] = Field("viewer", description="role of whoever else a proxy or JupyterHub lets in")
