"""What a page does in the loop of its kernel, in a loop and thread of its own: a browser test may hold this one's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def in_a_kernel(act: Callable[[], Awaitable[Any]]) -> Any:
    """Run the coroutine function to its end and give what it gives."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(act())).result()
