"""Imported before altair, papermill and Jupyter's server: keeps seconds of every start from going into a grammar.

All use jsonschema, which imports rfc3987_syntax where it is installed (JupyterLab brings it) only to check
internationalised web addresses, which no chart and no log line of ours holds.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # an import of it now fails, which jsonschema is prepared for
