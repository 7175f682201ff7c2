"""Bands that people chose, and cut-offs learned from history"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
CHOSEN = ('band', 'band_by', 'band_why')


def upgrade() -> None:
    for name in CHOSEN:
        op.add_column('issue', sa.Column(name, sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('issue') as issue:
        for name in CHOSEN:
            issue.alter_column(name, server_default=None)
    op.create_table('calibration',
    sa.Column('issue_kind', sa.String(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('p1', sa.Float(), nullable=False),
    sa.Column('p2', sa.Float(), nullable=False),
    sa.Column('p3', sa.Float(), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('issue_kind', name=op.f('pk_calibration'))
    )


def downgrade() -> None:
    op.drop_table('calibration')
    with op.batch_alter_table('issue') as issue:
        for name in CHOSEN:
            issue.drop_column(name)
