"""A database's URL: what a params file may say of it, and how it is shown, with the password nowhere.

A password comes from the environment, as ${NAME}; it is put in only when the data is read, and never into a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote

from sopbench.contract.problems import PlanningError, Problem

if TYPE_CHECKING:
    from sqlalchemy import URL

EXAMPLE = "postgresql://${ERP_USER}:${ERP_PASSWORD}@host/database"
HIDDEN = "***"

_VARIABLE = re.compile(r"\$\{\w+(?::-([^}]*))?\}")
_USER = re.compile(r"(?P<scheme>[^:/]*://)(?P<user>[^@/]*@)?(?P<rest>.*)", re.DOTALL)
_PASSWORD = re.compile(r"://[^:/@]*:([^@]+)@")
_SECRET = r"(?:password|passwd|pwd|secret|token)"
_NAMED = re.compile(rf"[?&;\s]\w*{_SECRET}\s*=\s*[^&;\s]", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether a text names a database rather than a folder."""
    return "://" in text


def misspelt_url(text: str) -> bool:
    """Whether a text that is no URL was meant for one, or for a driver's key=value form: it may hold a password."""
    return re.match(r"[a-z][\w+]{2,}:", text, re.IGNORECASE) is not None or _NAMED.search(f" {text}") is not None


def passwords_written(said: Any, where: str = "") -> Iterator[str]:
    """The names of the parameters, in what a params file says, in which a password stands for all to read."""
    if isinstance(said, dict):
        for name, value in said.items():
            yield from passwords_written(value, f"{where}.{name}" if where else str(name))
    elif isinstance(said, list):
        for value in said:
            yield from passwords_written(value, where)
    elif isinstance(said, str):
        text = _VARIABLE.sub(lambda variable: variable[1] or "", said)  # a default stands in the file like the rest
        if is_url(text) and (_PASSWORD.search(text) or _NAMED.search(unquote(text))):
            yield where


def password_problem(file: str, key: str) -> Problem:
    """The refusal of a password in a params file or in a notebook's settings; it does not repeat it."""
    return Problem(file, key, "", "a password stands in the URL", f"take it from the environment: {EXAMPLE}")


def without_passwords(text: str) -> str:
    """A text of unknown making with what looks like a URL's password left out."""
    return re.sub(r"(://[^:/@\s]*:)[^@\s]*@", rf"\g<1>{HIDDEN}@", text)


def parts(said: str) -> tuple[str, str, str]:
    """A URL's scheme, its user and password up to the @, and the rest; a value put into the second must be encoded."""
    match = _USER.fullmatch(said)
    return (match["scheme"], match["user"] or "", match["rest"]) if match else ("", "", said)


def database_url(text: str) -> URL:
    """The URL of a database, its variables put in; PostgreSQL is reached through psycopg where no driver is named.

    Raises PlanningError, which does not repeat it, where it is none.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or "@" in (url.host or ""):  # a password with an @ not written as %40: its end is no host to show
        message = "not a database's URL; what stands there is not shown, for it may hold a password"
        raise PlanningError(Problem("gather", "source", "", message, f"write it like {EXAMPLE}"))
    url = url.set(drivername=url.drivername.lower())
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    said = url.query.get("password")
    return url.difference_update_query(["password"]).set(password=said) if isinstance(said, str) else url


def shown(url: URL) -> str:
    """The URL as a message may show it: without the password and without what follows a question mark."""
    return url.set(query={}).render_as_string(hide_password=True)


def hidden(text: str, url: URL) -> str:
    """A text with every secret of the URL, as it is or encoded, left out of it."""
    named = [value for name, value in url.query.items() if re.search(_SECRET, name, re.IGNORECASE)]
    secrets = [url.password, *(value for each in named for value in ([each] if isinstance(each, str) else each))]
    forms = {form for secret in secrets if secret for form in (str(secret), quote(secret, safe=""), quote_plus(secret))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text
