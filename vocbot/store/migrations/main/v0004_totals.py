"""How often each issue was mentioned in all, and by how many people: lists must not count a million rows"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

TOTALS = """
UPDATE issue SET
    mentions = (SELECT count(DISTINCT mention.feedback_id) FROM mention
        JOIN feedback ON feedback.id = mention.feedback_id
        WHERE mention.issue_id = issue.id AND feedback.bucket <> 'superseded'),
    people = (SELECT count(DISTINCT coalesce(mention.person_id, -mention.feedback_id)) FROM mention
        JOIN feedback ON feedback.id = mention.feedback_id
        WHERE mention.issue_id = issue.id AND feedback.bucket <> 'superseded')
"""


def upgrade() -> None:
    for name in ('mentions', 'people'):
        op.add_column('issue', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
    op.execute(TOTALS)
    with op.batch_alter_table('issue') as issue:
        for name in ('mentions', 'people'):
            issue.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('issue') as issue:
        for name in ('mentions', 'people'):
            issue.drop_column(name)
