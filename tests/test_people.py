"""Who a visitor is and what they may do: from a proxy, from JupyterHub, or alone on a computer."""

import pytest

from sopbench import people
from sopbench.contract import PlanningError
from sopbench.params.meetings import ROLES, Meetings

SAID = Meetings(roles={"ada": "approver", "bob": "planner"}, others="viewer")


def proxied(name: str | None) -> dict[str, str]:
    """What the kernel of a page served with a user header knows."""
    return {people.USER_HEADER: "X-Forwarded-User"} | ({} if name is None else {"HTTP_X_FORWARDED_USER": name})


@pytest.mark.parametrize(("name", "role"), [("ada", "approver"), ("bob", "planner"), ("eve", "viewer")])
def test_a_proxy_says_who_it_is_and_the_parameters_what_they_may_do(name, role):
    found = people.visitor(SAID, proxied(name))
    assert (found.name, found.role, found.proven) == (name, role, True)


@pytest.mark.parametrize("name", [None, "", "  "])
def test_who_comes_without_a_name_where_names_are_asked_for_may_only_look(name):
    found = people.visitor(Meetings(others="approver"), proxied(name))
    assert (found.name, found.role) == ("", "viewer")


def test_a_header_counts_only_where_the_pages_are_served_with_it(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    assert people.visitor(SAID, {"HTTP_X_FORWARDED_USER": "ada"}).name == "me"


def test_the_hub_says_whose_server_it_is():
    assert people.visitor(SAID, {people.HUB_USER: "bob"}) == people.Person("bob", "planner", proven=True)


def test_who_is_alone_on_a_computer_may_approve_unless_the_parameters_say_otherwise(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    assert people.visitor(Meetings(), {}) == people.Person("me", "approver")
    assert people.visitor(Meetings(roles={"me": "viewer"}), {}).role == "viewer"


def test_an_account_without_a_name_opens_the_page_all_the_same(monkeypatch):
    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert people.visitor(Meetings(), {}).name == ""


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_those_before_it_may_and_nothing_after(role):
    person = people.Person("ada", role)
    assert [person.may(each) for each in ROLES] == [ROLES.index(each) <= ROLES.index(role) for each in ROLES]


def test_a_refusal_names_the_role_the_act_and_where_roles_are_given():
    with pytest.raises(PlanningError, match=r"a planner may not approve.*approver: meetings.roles"):
        people.Person("bob", "planner").refuse_unless("approver")
