"""The inbox"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('inbound',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('received_at', UTC, nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound')),
    sa.UniqueConstraint('source', 'event_id', name=op.f('uq_inbound_source')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_inbound_received_at'), 'inbound', ['received_at'], unique=False)
    op.create_index('ix_inbound_waiting', 'inbound', ['id'], unique=False, postgresql_where=sa.text('NOT done'))


def downgrade() -> None:
    op.drop_index('ix_inbound_waiting', table_name='inbound', postgresql_where=sa.text('NOT done'))
    op.drop_index(op.f('ix_inbound_received_at'), table_name='inbound')
    op.drop_table('inbound')
