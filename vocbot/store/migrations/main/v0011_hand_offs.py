"""Between which steps of the journey the customers of an issue fell"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ('hand_off_from', 'hand_off_to'):
        op.add_column('issue', sa.Column(name, sa.String(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    for name in ('hand_off_from', 'hand_off_to'):
        op.drop_column('issue', name)
