"""Connectors that a person holds, and the order of acts within a lane"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('hold',
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('connector', name=op.f('pk_hold'))
    )
    # what was planned before the lanes goes without an order, as it always did
    op.add_column('delivery', sa.Column('lane', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('delivery', table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.alter_column('lane', server_default=None)
    op.create_index('ix_delivery_lane', 'delivery', ['lane', 'state'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_delivery_lane', table_name='delivery')
    with op.batch_alter_table('delivery', table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.drop_column('lane')
    op.drop_table('hold')
