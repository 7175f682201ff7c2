"""Document to whatever a target understands: one small module per target, and nothing that knows a vendor's wire.

Every renderer escapes all text, turns only http(s) and mailto addresses into links, and cuts what is too long. The
title is not part of any body: it is the subject, the summary, the notification text.
"""
