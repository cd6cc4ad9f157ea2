"""Serves the meeting pages (Voilà) and the notebooks (JupyterLab) on this computer.

Besides the meeting notebooks only this file knows of Voilà.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import threading
import time
import webbrowser
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from jupyter_core.paths import jupyter_path

from sopbench import lean  # noqa: F401 - before Jupyter's server
from sopbench.contract import PlanningError, Problem
from sopbench.cycle import open_cycle
from sopbench.params import locate
from sopbench.people import USER_HEADER

HOST = "127.0.0.1"
FIRST_PAGE = "executive.ipynb"
VIEWS = Path(__file__).parent / "views"
"""Holds the template of the meeting pages, at voila/templates/sopbench."""

PARAMS_FILE, CYCLE = "SOPBENCH_PARAMS_FILE", "SOPBENCH_CYCLE"
"""Variables of the environment through which the pages learn what to show."""

EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
"""What a page loads in the browser: widgets, and nothing meant for JupyterLab itself."""

IDLE_SECONDS = 300
"""How long the kernel of a page nobody is connected to any more is kept."""


def serve(
    params_file: str | Path,
    cycle: str | None = None,
    port: int = 8866,
    token: bool = True,
    open_browser: bool = True,
    preheat: int = 1,
    user_header: str = "",
    base_url: str = "/",
) -> int:
    """Serve the pages of notebooks/meetings until stopped, print the address to open, and return an exit code.

    With `token` a visitor needs the address as printed. `preheat` kernels stand ready for each page: 0 saves their
    memory, and the page takes seconds longer to open. `user_header` is the header in which a reverse proxy says who a
    visitor is: only a proxy that sets it itself, for everybody, makes it true. `base_url` is the path the proxy
    serves the pages under. Raises PlanningError for a params file or cycle that is none, a header that is none, and a
    port already in use.
    """
    from voila.app import Voila

    folder = _notebooks() / "meetings"
    _refuse_no_header(user_header)
    os.environ.update(environment(params_file, cycle) | {USER_HEADER: user_header})
    _refuse_taken(port)
    secret = secrets.token_urlsafe(18) if token else ""
    if token:
        os.environ["JUPYTER_TOKEN"] = secret  # not on the command line, where every user of the machine could read it
    asked = "?" + urlencode({"token": secret}) if token else ""
    logging.getLogger("tornado").setLevel(logging.ERROR)
    base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    _announce(port, f"http://{HOST}:{port}{base_url}voila/render/{FIRST_PAGE}{asked}", open_browser)
    Voila.launch_instance(arguments(folder, port, token, preheat, user_header, base_url))
    return 0


def environment(params_file: str | Path, cycle: str | None = None) -> dict[str, str]:
    """The variables a page and its server need: what to show, and where the template is."""
    opened = open_cycle(params_file, cycle)
    found = os.pathsep.join([*jupyter_path(), str(VIEWS)])
    return {PARAMS_FILE: str(opened.params_file), CYCLE: opened.name, "JUPYTER_PATH": found}


def arguments(
    folder: Path, port: int, token: bool, preheat: int, user_header: str = "", base_url: str = "/"
) -> list[str]:
    """Voilà's command line: one folder of notebooks, our template, no code shown, this computer only."""
    config = {
        "Voila.ip": HOST,
        "Voila.port": port,
        "Voila.port_retries": 0,
        "Voila.base_url": base_url,
        "Voila.open_browser": False,
        "Voila.log_level": "ERROR",
        "Voila.auto_token": token,
        "Voila.identity_provider_class": "voila.voila_identity_provider.VoilaIdentityProvider",
        "VoilaConfiguration.template": "sopbench",
        "VoilaConfiguration.allow_template_override": "NO",
        "VoilaConfiguration.allow_theme_override": "NO",
        "VoilaConfiguration.classic_tree": True,
        "VoilaConfiguration.strip_sources": True,
        "VoilaConfiguration.show_tracebacks": False,
        "VoilaConfiguration.multi_kernel_manager_class": "sopbench.kernels.QuietKernels",
        "VoilaConfiguration.preheat_kernel": preheat > 0,
        "VoilaConfiguration.default_pool_size": preheat,
        "MappingKernelManager.cull_interval": 60,
        "MappingKernelManager.cull_idle_timeout": IDLE_SECONDS,
    }
    extensions = [f"--VoilaConfiguration.extension_allowlist={name}" for name in EXTENSIONS]
    headers = [f"--VoilaConfiguration.http_header_envs={user_header}"] if user_header else []
    return [str(folder), *(f"--{name}={value}" for name, value in config.items()), *extensions, *headers]


def asked_for(params_file: str, cycle_name: str) -> tuple[str, str]:
    """What a page is to show: the cycle of its address (?cycle=2025-08), what the server was started with, or these.

    A page made ready beforehand waits here until a visitor comes. Outside Voilà the two values come back unchanged.
    """
    if os.environ.get("VOILA_PREHEAT") == "True":
        from voila.utils import wait_for_request

        while "QUERY_STRING" not in os.environ:  # a busy server may miss the five seconds it is given to answer
            wait_for_request()
            time.sleep(0.1)
    query = parse_qs(os.environ.get("QUERY_STRING", ""))
    return os.environ.get(PARAMS_FILE, params_file), query.get("cycle", [os.environ.get(CYCLE, cycle_name)])[0]


def lab(params_file: str | Path, port: int = 8888) -> int:
    """Open JupyterLab on the notebooks until stopped; return an exit code. Raises PlanningError as open_cycle does."""
    from jupyterlab.labapp import LabApp

    folder = _notebooks()
    opened = open_cycle(params_file)
    print(
        f'For this company write params_file = "{opened.params_file}" in the parameters cell of a notebook.', flush=True
    )
    settings = {"ip": HOST, "port": port, "root_dir": folder, "allow_root": True}
    LabApp.launch_instance([f"--ServerApp.{name}={value}" for name, value in settings.items()])
    return 0


def _notebooks() -> Path:
    return locate("notebooks", Path(__file__).parent)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            mend = f"stop what runs there, or serve on another: --port {port + 1}"
            raise PlanningError(Problem("present", "port", str(port), "something else is served on this port", mend))


def _refuse_no_header(name: str) -> None:
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        message, mend = "no header is called so", "write it like X-Forwarded-User"
        raise PlanningError(Problem("present", "user-header", name, message, mend))


def _announce(port: int, address: str, open_browser: bool) -> None:
    """Say the address as soon as the server answers there."""

    def wait_and_say() -> None:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    break
            time.sleep(0.1)
        print(f"Open {address}\nStop with Ctrl-C.", flush=True)
        if open_browser:
            webbrowser.open(address)

    threading.Thread(target=wait_and_say, daemon=True).start()
