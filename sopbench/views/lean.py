"""Imported before altair: keeps a second of every kernel from going into a grammar of web addresses.

altair checks its charts with jsonschema, which imports rfc3987_syntax where it is installed (JupyterLab brings it) only
to check addresses that no chart holds.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # an import of it now fails, which jsonschema is prepared for
