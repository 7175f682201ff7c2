"""The only part of vocbot that a connector may import: ports, frozen types, Document, errors, clock, signing, testing.

Nothing in here knows a vendor, a table or a configuration file.
"""
