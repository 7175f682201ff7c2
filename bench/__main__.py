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
    text_classify,
    text_group,
    text_held,
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
    "text": text.run,
}
# What "text" is made of, to be asked for alone.
PARTS = {
    "classify": text_classify.run,
    "held": text_held.run,
    "redact": text_redact.run,
    "real": text_rules.run,
    "group": text_group.run,
}

print(f"Python {platform.python_version()}, {platform.machine()}\n")
for name in [name for name in sys.argv[1:] if name in TABLES | PARTS] or TABLES:
    (TABLES | PARTS)[name]()
