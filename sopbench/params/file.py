"""Reads a YAML file that people write: what is in it, or why it is refused, whoever wrote it and however.

Only plain values are made (no tags of Python's). Aliases are counted as what they stand for, for a few lines of them
may stand for more than any memory holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sopbench.contract.problems import PlanningError, Problem
from sopbench.params.credentials import without_passwords

LARGEST = 2_000_000
"""Bytes a file may have."""

MOST = 200_000
"""Values a file may hold, aliases written out."""


def read_yaml(path: Path) -> Any:
    """What a YAML file holds. Raises PlanningError where it cannot be read, or says one thing twice."""
    try:
        if path.stat().st_size > LARGEST:
            raise _refused(path, f"the file is larger than {LARGEST:,} bytes", "keep parameters in it, and no data")
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _refuse_what_grows(path, node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except OSError as error:
        raise _refused(str(path), f"cannot be read: {error.strerror}", "name a file") from error
    except RecursionError as error:
        raise _refused(path, "not readable as YAML: it nests too deeply", "write it flat") from error
    except (yaml.YAMLError, ValueError) as error:  # a day that a month does not have is a ValueError
        line = without_passwords(" ".join(str(error).split()))
        raise _refused(path, f"not readable as YAML: {line}", "mend that line") from error


def _refuse_what_grows(path: Path, root: yaml.Node) -> None:
    """Raise PlanningError where aliases go round in a ring or stand for too much, or a name stands twice."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    left = [root]
    while left:
        node = left[-1]
        inner = [each for each in _inner(node) if id(each) not in sizes]
        if id(node) not in sizes and inner and id(node) not in open_nodes:
            _refuse_twice(path, node)
            open_nodes.add(id(node))
            if any(id(each) in open_nodes for each in inner):
                raise _refused(path, "an alias stands for what it stands in", "write it out")
            left += inner
            continue
        left.pop()
        open_nodes.discard(id(node))
        sizes[id(node)] = 1 + sum(sizes.get(id(each), 1) for each in _inner(node))
        if sizes[id(node)] > MOST:
            raise _refused(path, f"it stands for more than {MOST:,} values", "write it out, without aliases")


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _refuse_twice(path: Path, node: yaml.Node) -> None:
    """Of a name that stands twice YAML takes the last one, unseen."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    names = [name.value for name, _ in pairs if isinstance(name, yaml.ScalarNode) and name.value != "<<"]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise _refused(path, f"{twice[0]} stands there twice", "keep one of them")


def _refused(path: Path | str, message: str, mend: str) -> PlanningError:
    return PlanningError(Problem(path if isinstance(path, str) else path.name, "", "", message, mend))
