"""What the weekly detector knew after a settled week, so that a run need not go through all of them"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('detector_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('issues', sa.JSON(), nullable=False),
    sa.Column('sums', sa.String(), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_detector_state'))
    )


def downgrade() -> None:
    op.drop_table('detector_state')
