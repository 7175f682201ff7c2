"""What heads read in each piece of feedback, and what people corrected of it"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
# the defaults stay: a table of a million rows is not written anew, and keeps its triggers
NEW = (
    ('confidence', sa.Float(), '0'),
    ('intent', sa.String(), "''"),
    ('stage', sa.String(), "''"),
    ('severity', sa.String(), "''"),
)


def upgrade() -> None:
    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('head', sa.String(), nullable=False),
    sa.Column('labels', sa.JSON(), nullable=False),
    sa.Column('was', sa.JSON(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.Column('undone_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_correction_feedback_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_feedback_id'), 'correction', ['feedback_id'], unique=False)
    for name, kind, usual in NEW:
        op.add_column('feedback', sa.Column(name, kind, nullable=False, server_default=sa.text(usual)))
    op.add_column('feedback', sa.Column('aspects', sa.JSON(), nullable=True))


def downgrade() -> None:
    for name in ('aspects', *(name for name, _, _ in NEW)):
        op.drop_column('feedback', name)
    op.drop_index(op.f('ix_correction_feedback_id'), table_name='correction')
    op.drop_table('correction')
