"""The heads that ship, what they were built from, and how."""
