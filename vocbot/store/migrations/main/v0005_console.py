"""Accounts of colleagues and their sign-ins; feedback found by what became of it"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('folded', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('created_at', UTC, nullable=False),
    sa.Column('disabled_at', UTC, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('folded', name=op.f('uq_user_account_folded'))
    )
    op.create_table('sign_in',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('csrf', sa.String(), nullable=False),
    sa.Column('begun_at', UTC, nullable=False),
    sa.Column('seen_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_sign_in_user_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sign_in'))
    )
    op.create_index(op.f('ix_sign_in_user_id'), 'sign_in', ['user_id'], unique=False)
    op.create_index(op.f('ix_sign_in_seen_at'), 'sign_in', ['seen_at'], unique=False)
    op.create_index('ix_feedback_bucket', 'feedback', ['bucket', 'time'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_feedback_bucket', table_name='feedback')
    op.drop_table('sign_in')
    op.drop_table('user_account')
