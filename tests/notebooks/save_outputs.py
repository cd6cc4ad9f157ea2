"""Put the outputs of the example company's last run into the notebooks of the tree: make notebooks."""

import sys
from pathlib import Path

import nbformat

from sopbench.cycle import Cycle, open_cycle
from sopbench.params import STEPS
from sopbench.run import step_notebook


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The executed notebook without what papermill put in: its parameters, its clock, its metadata."""
    cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    code = [cell for cell in cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = number
    for cell in cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
    kept = {name: notebook.metadata[name] for name in ("kernelspec",) if name in notebook.metadata}
    return nbformat.from_dict({**notebook, "cells": cells, "metadata": kept})


def save(cycle: Cycle) -> None:
    """Write each step's executed notebook over the one in the tree."""
    for step in STEPS:
        source = step_notebook(step)
        executed = nbformat.read(cycle.folder / "notebooks" / source.name, as_version=4)
        nbformat.write(cleaned(executed), source)
        print(source.name)


if __name__ == "__main__":
    save(open_cycle(Path(sys.argv[1])))
