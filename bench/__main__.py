"""`python -m bench [name ...]`: every measurement, or those named, one table each."""

from __future__ import annotations

import platform
import sys

from bench import (
    console,
    deliveries,
    intake,
    keep,
    pipeline,
    rules,
    scale,
    stats,
    text,
    text_group,
    text_redact,
    text_rules,
)

TABLES = {
    "console": console.run,
    "rules": rules.run,
    "intake": intake.run,
    "keep": keep.run,
    "pipeline": pipeline.run,
    "deliveries": deliveries.run,
    "scale": scale.run,
    "stats": stats.run,
    "redact": text_redact.run,
    "text": text.run,
    "real": text_rules.run,
    "group": text_group.run,
}

print(f"Python {platform.python_version()}, {platform.machine()}\n")
for name in [name for name in sys.argv[1:] if name in TABLES] or TABLES:
    TABLES[name]()
