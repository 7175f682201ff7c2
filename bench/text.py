"""Text: what is understood and how fast, ours beside what one would pick instead, in one run."""

from __future__ import annotations

from bench import text_classify, text_group, text_held, text_redact, text_rules


def run() -> None:
    """Print the tables of all parts."""
    text_classify.run()
    text_held.run()
    text_redact.run()
    text_rules.run()
    text_group.run()
