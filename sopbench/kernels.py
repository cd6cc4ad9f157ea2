"""The kernels behind the meeting pages: started quietly, so that the terminal shows only what concerns a planner."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class QuietKernels(AsyncMappingKernelManager):
    """Jupyter's kernel manager; its kernels write no log."""

    async def start_kernel(self, **settings: Any) -> str:
        """Start one kernel and return its id."""
        return await super().start_kernel(extra_arguments=["--IPKernelApp.log_level=50"], **settings)
