"""Who sits before a meeting page, and what they may do there: look, plan, or approve."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass

from sopbench.contract.problems import PlanningError, Problem
from sopbench.params.meetings import ROLES, Meetings

USER_HEADER = "SOPBENCH_USER_HEADER"
"""Variable of the environment that names the header in which a proxy says who a visitor is."""

HUB_USER = "JUPYTERHUB_USER"
"""Variable in which JupyterHub says whose server this is."""

ACTS = {"planner": "change the plan", "approver": "approve or return a plan"}
"""What a role may do beyond those before it, in words."""


@dataclass(frozen=True)
class Person:
    """A visitor: the name their entries bear, their role, and whether the name was proven by a proxy or the hub."""

    name: str
    role: str
    proven: bool = False

    def may(self, role: str) -> bool:
        """Whether they may do what this role may: an approver may all that a planner may, a planner all a viewer."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def signs(self, typed: str) -> str:
        """The name their entries bear: the one proven, whatever a browser says was typed; else what they typed."""
        return self.name if self.proven else typed.strip()

    def refuse_unless(self, role: str) -> None:
        """Raise PlanningError where they may not do what this role may."""
        if not self.may(role):
            message = f"a {self.role} may not {ACTS[role]}"
            mend = f"ask for the role {role}: meetings.roles of the params file"
            raise PlanningError(Problem("meeting", "", self.name, message, mend))


def visitor(meetings: Meetings, environment: Mapping[str, str]) -> Person:
    """The visitor of a page, from what the proxy, JupyterHub or this computer says.

    Args:
        meetings: that section of the parameters: the roles by name, and the role of all others.
        environment: the variables of the kernel behind the page, the visitor's headers among them.

    Where the pages are served with a user header, a visit without it has no name and may look only. Who is alone on
    a computer may approve unless the parameters give that name another role.
    """
    header = environment.get(USER_HEADER, "")
    if header:
        name = environment.get(f"HTTP_{header.upper().replace('-', '_')}", "").strip()
        return Person(name, meetings.roles.get(name, meetings.others) if name else "viewer", proven=True)
    if environment.get(HUB_USER):
        name = environment[HUB_USER]
        return Person(name, meetings.roles.get(name, meetings.others), proven=True)
    name = _of_the_system()
    return Person(name, meetings.roles.get(name, "approver"))


def _of_the_system() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return ""
