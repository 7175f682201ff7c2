"""`python -m bench`: every measurement, one table each."""

from __future__ import annotations

import platform

from bench import rules

print(f"Python {platform.python_version()}, {platform.machine()}\n")
rules.run()
