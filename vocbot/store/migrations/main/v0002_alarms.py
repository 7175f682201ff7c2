"""Sources and alarms about them; mentions found by issue and day, contact details by their hash"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('alarm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('raised_at', UTC, nullable=False),
    sa.Column('over_at', UTC, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alarm'))
    )
    op.create_index(op.f('ix_alarm_source'), 'alarm', ['source'], unique=False)
    op.create_table('source',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('heard_at', UTC, nullable=True),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('quiet', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_source'))
    )
    op.create_index(op.f('ix_vault_entry_value_hash'), 'vault_entry', ['value_hash'], unique=False)
    op.create_index('ix_mention_issue_day', 'mention', ['issue_id', 'day'], unique=False)
    op.drop_index(op.f('ix_mention_issue_id'), table_name='mention')


def downgrade() -> None:
    op.create_index(op.f('ix_mention_issue_id'), 'mention', ['issue_id'], unique=False)
    op.drop_index('ix_mention_issue_day', table_name='mention')
    op.drop_index(op.f('ix_vault_entry_value_hash'), table_name='vault_entry')
    op.drop_table('source')
    op.drop_index(op.f('ix_alarm_source'), table_name='alarm')
    op.drop_table('alarm')
