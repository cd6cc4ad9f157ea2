"""A real PostgreSQL server of Debian's binaries for the tests, started for them and stopped at their end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    """A running server; a password is asked for, so that a wrong one can be tried."""

    port: int
    user: str = "planner"
    password: str = "s3cr3t/@:%ü"

    def connect(self, database: str = "postgres"):
        """An open connection that commits every statement."""
        import psycopg

        said = {"user": self.user, "password": self.password, "port": self.port, "host": "127.0.0.1"}
        return psycopg.connect(dbname=database, autocommit=True, **said)

    def new(self, database: str) -> str:
        """Make an empty database, and give the URL a params file says of it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {database}")
        return f"postgresql://${{ERP_USER}}:${{ERP_PASSWORD}}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path | None:
    """The folder of the newest server's programs; None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def unprivileged() -> dict:
    """How to start a program as somebody else where we are root: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {each.pw_name for each in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres():
    """A server with an empty cluster of its own; skips where there is none."""
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here; Debian has it in the package postgresql")
    somebody = unprivileged()
    with tempfile.TemporaryDirectory(prefix="sopbench-pg-") as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            server = Server(free.getsockname()[1])
        secret = Path(folder) / "password"
        secret.write_text(server.password, encoding="utf-8")
        for each in (folder, secret) if somebody else ():
            shutil.chown(each, somebody["user"])

        def call(program: str, *words: str) -> None:
            done = subprocess.run(
                [programs / program, "-D", f"{folder}/data", *words],
                cwd=folder, text=True, check=False, timeout=120, **somebody,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            )  # fmt: skip
            assert done.returncode == 0, f"{program}: {done.stderr}"

        call(
            "initdb", "-U", server.user, "-E", "UTF8", "--locale=C", "--no-sync",
            "--auth=scram-sha-256", f"--pwfile={secret}",
        )  # fmt: skip
        options = f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Asia/Tokyo"
        call("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield server
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
