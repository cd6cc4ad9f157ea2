"""A month's cycle on disk: its tables and manifest, who holds it, what a step depends on, and proofs about it."""

from sopbench.cycle.cycle import Cycle, cycles_folder, open_cycle
from sopbench.cycle.files import file_hash

__all__ = ["Cycle", "cycles_folder", "file_hash", "open_cycle"]
