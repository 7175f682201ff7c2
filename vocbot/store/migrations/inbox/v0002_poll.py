"""How far each source was polled, beside the records"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('poll',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('cursor', sa.String(), nullable=True),
    sa.Column('moved_at', UTC, nullable=False),
    sa.Column('newest', UTC, nullable=True),
    sa.Column('gap', sa.String(), nullable=False),
    sa.Column('gap_at', UTC, nullable=True),
    sa.Column('begun_at', UTC, nullable=True),
    sa.Column('ended_at', UTC, nullable=True),
    sa.Column('ended', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('complete_at', UTC, nullable=True),
    sa.PrimaryKeyConstraint('source', name=op.f('pk_poll'))
    )


def downgrade() -> None:
    op.drop_table('poll')
