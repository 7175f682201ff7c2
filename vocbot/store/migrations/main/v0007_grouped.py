"""Where the grouping of what no rule knows put each piece of feedback"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('grouped',
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('copy_of', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['copy_of'], ['feedback.id'], name=op.f('fk_grouped_copy_of')),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_grouped_feedback_id')),
    sa.PrimaryKeyConstraint('feedback_id', name=op.f('pk_grouped'))
    )
    op.create_index(op.f('ix_grouped_copy_of'), 'grouped', ['copy_of'], unique=False)
    op.create_index(op.f('ix_grouped_number'), 'grouped', ['number'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_grouped_copy_of'), table_name='grouped')
    op.drop_index(op.f('ix_grouped_number'), table_name='grouped')
    op.drop_table('grouped')
