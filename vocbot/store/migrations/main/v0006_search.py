"""Feedback found by its words; the index is filled by the worker and emptied by triggers. FAQ drafts can be revised"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

GONE = """
CREATE TRIGGER feedback_search_gone AFTER DELETE ON feedback
BEGIN DELETE FROM feedback_search WHERE rowid = old.id; END
"""
REWRITTEN = """
CREATE TRIGGER feedback_search_rewritten AFTER UPDATE OF text ON feedback
BEGIN DELETE FROM feedback_search WHERE rowid = old.id; END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE feedback_search USING fts5(tokens, tokenize='unicode61 remove_diacritics 0')")
        for trigger in (GONE, REWRITTEN):
            op.execute(trigger)
    else:
        op.execute(
            "CREATE TABLE feedback_search (id integer PRIMARY KEY REFERENCES feedback (id) ON DELETE CASCADE, "
            "tokens tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX feedback_search_tokens ON feedback_search USING gin (tokens)")
        op.execute(
            "CREATE FUNCTION feedback_search_rewritten() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM feedback_search WHERE id = old.id; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER feedback_search_rewritten AFTER UPDATE OF text ON feedback "
            "FOR EACH ROW EXECUTE FUNCTION feedback_search_rewritten()"
        )
    op.add_column('faq_draft', sa.Column('revision', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('faq_draft') as draft:
        draft.alter_column('revision', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('faq_draft') as draft:
        draft.drop_column('revision')
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("DROP TRIGGER feedback_search_gone")
        op.execute("DROP TRIGGER feedback_search_rewritten")
    else:
        op.execute("DROP TRIGGER feedback_search_rewritten ON feedback")
        op.execute("DROP FUNCTION feedback_search_rewritten")
    op.execute("DROP TABLE feedback_search")
