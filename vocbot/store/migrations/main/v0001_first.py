"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# an aware time: text of fixed width on SQLite, timestamptz elsewhere
UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table('answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('external_id', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('time', UTC, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer')),
    sa.UniqueConstraint('source', 'external_id', name=op.f('uq_answer_source'))
    )
    op.create_index(op.f('ix_answer_conversation'), 'answer', ['conversation'], unique=False)
    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('approved', sa.Boolean(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('by_name', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval')),
    sa.UniqueConstraint('token', name=op.f('uq_approval_token'))
    )
    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('prev', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index(op.f('ix_audit_entry_action'), 'audit_entry', ['action'], unique=False)
    op.create_index(op.f('ix_audit_entry_subject'), 'audit_entry', ['subject'], unique=False)
    op.create_table('conversation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('changed_at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sa.UniqueConstraint('source', 'ref', name=op.f('uq_conversation_source'))
    )
    op.create_table('cursor',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('moved_at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_cursor'))
    )
    op.create_table('delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('due_at', UTC, nullable=False),
    sa.Column('approval', sa.String(), nullable=True),
    sa.Column('doubt', sa.Boolean(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('route', sa.Integer(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('receipt', sa.JSON(), nullable=False),
    sa.Column('error', sa.String(), nullable=False),
    sa.Column('planned_at', UTC, nullable=False),
    sa.Column('marked_at', UTC, nullable=True),
    sa.Column('ended_at', UTC, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('key', name=op.f('uq_delivery_key')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_delivery_approval'), 'delivery', ['approval'], unique=False)
    op.create_index('ix_delivery_due', 'delivery', ['state', 'due_at'], unique=False)
    op.create_table('digest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('slot', UTC, nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('phrases', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest')),
    sa.UniqueConstraint('name', 'slot', name=op.f('uq_digest_name'))
    )
    op.create_table('issue',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('rule_key', sa.String(), nullable=True),
    sa.Column('title_zh', sa.String(), nullable=False),
    sa.Column('title_en', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('severity', sa.Float(), nullable=False),
    sa.Column('immediate', sa.Boolean(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('first_seen', UTC, nullable=False),
    sa.Column('last_seen', UTC, nullable=False),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['merged_into'], ['issue.id'], name=op.f('fk_issue_merged_into')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue')),
    sa.UniqueConstraint('number', name=op.f('uq_issue_number')),
    sa.UniqueConstraint('rule_key', name=op.f('uq_issue_rule_key'))
    )
    op.create_index(op.f('ix_issue_merged_into'), 'issue', ['merged_into'], unique=False)
    op.create_table('limit_slot',
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('next_free', UTC, nullable=False),
    sa.PrimaryKeyConstraint('connector', name=op.f('pk_limit_slot'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pseudonym', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.Column('stopped_at', UTC, nullable=True),
    sa.Column('created_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['merged_into'], ['person.id'], name=op.f('fk_person_merged_into')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('pseudonym', name=op.f('uq_person_pseudonym'))
    )
    op.create_index(op.f('ix_person_merged_into'), 'person', ['merged_into'], unique=False)
    op.create_table('series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('attribute', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('count', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_series')),
    sa.UniqueConstraint('name', 'attribute', 'value', 'week', name=op.f('uq_series_name'))
    )
    op.create_table('timer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('due_at', UTC, nullable=True),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timer')),
    sa.UniqueConstraint('kind', 'subject', name=op.f('uq_timer_kind'))
    )
    op.create_index(op.f('ix_timer_due_at'), 'timer', ['due_at'], unique=False)
    op.create_table('unread',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('inbound_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unread')),
    sa.UniqueConstraint('inbound_id', name=op.f('uq_unread_inbound_id'))
    )
    op.create_table('volume_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('feedback', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_volume_day'))
    )
    op.create_table('commitment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('kpi', sa.String(), nullable=False),
    sa.Column('due', sa.Date(), nullable=False),
    sa.Column('priority', sa.String(), nullable=False),
    sa.Column('carried_over', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('result', sa.String(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_commitment_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment'))
    )
    op.create_index(op.f('ix_commitment_issue_id'), 'commitment', ['issue_id'], unique=False)
    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('external_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('time', UTC, nullable=False),
    sa.Column('attributes', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_event_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event')),
    sa.UniqueConstraint('source', 'external_id', name=op.f('uq_event_source'))
    )
    op.create_index(op.f('ix_event_person_id'), 'event', ['person_id'], unique=False)
    op.create_index(op.f('ix_event_time'), 'event', ['time'], unique=False)
    op.create_table('faq_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('variants', sa.JSON(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('answer_ids', sa.JSON(), nullable=False),
    sa.Column('answers_seen', sa.Integer(), nullable=False),
    sa.Column('answers_solved', sa.Integer(), nullable=False),
    sa.Column('risk_words', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('approver', sa.String(), nullable=True),
    sa.Column('article_ref', sa.String(), nullable=True),
    sa.Column('created_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_faq_draft_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_faq_draft')),
    sa.UniqueConstraint('issue_id', 'generation', 'language', name=op.f('uq_faq_draft_issue_id'))
    )
    op.create_index(op.f('ix_faq_draft_issue_id'), 'faq_draft', ['issue_id'], unique=False)
    op.create_table('feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('external_id', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('inbound_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('time', UTC, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('conversation', sa.String(), nullable=True),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('polarity', sa.Float(), nullable=False),
    sa.Column('attributes', sa.JSON(), nullable=False),
    sa.Column('bucket', sa.String(), nullable=False),
    sa.Column('created_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_feedback_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('source', 'external_id', 'revision', name=op.f('uq_feedback_source'))
    )
    op.create_index('ix_feedback_conversation', 'feedback', ['source', 'conversation'], unique=False)
    op.create_index(op.f('ix_feedback_day'), 'feedback', ['day'], unique=False)
    op.create_index(op.f('ix_feedback_person_id'), 'feedback', ['person_id'], unique=False)
    op.create_index(op.f('ix_feedback_time'), 'feedback', ['time'], unique=False)
    op.create_table('identity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('handle_hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_identity_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('source', 'handle_hash', name=op.f('uq_identity_source'))
    )
    op.create_index(op.f('ix_identity_person_id'), 'identity', ['person_id'], unique=False)
    op.create_table('issue_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('undo', sa.JSON(), nullable=False),
    sa.Column('undone_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_issue_change_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue_change'))
    )
    op.create_index(op.f('ix_issue_change_issue_id'), 'issue_change', ['issue_id'], unique=False)
    op.create_table('issue_day',
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('mentions', sa.Integer(), nullable=False),
    sa.Column('negative', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_issue_day_issue_id')),
    sa.PrimaryKeyConstraint('issue_id', 'day', name=op.f('pk_issue_day'))
    )
    op.create_table('signal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('observed', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Float(), nullable=False),
    sa.Column('p', sa.Float(), nullable=False),
    sa.Column('at_most', sa.Boolean(), nullable=False),
    sa.Column('raised_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_signal_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signal')),
    sa.UniqueConstraint('issue_id', 'day', name=op.f('uq_signal_issue_id'))
    )
    op.create_index(op.f('ix_signal_issue_id'), 'signal', ['issue_id'], unique=False)
    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=True),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('url', sa.String(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('priority', sa.String(), nullable=False),
    sa.Column('planned_at', UTC, nullable=False),
    sa.Column('done_at', UTC, nullable=True),
    sa.Column('changed_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_ticket_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('issue_id', 'generation', name=op.f('uq_ticket_issue_id'))
    )
    op.create_index(op.f('ix_ticket_issue_id'), 'ticket', ['issue_id'], unique=False)
    op.create_index(op.f('ix_ticket_ref'), 'ticket', ['ref'], unique=False)
    op.create_table('vault_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value_hash', sa.String(), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_vault_entry_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vault_entry')),
    sa.UniqueConstraint('person_id', 'kind', 'value_hash', name=op.f('uq_vault_entry_person_id'))
    )
    op.create_index(op.f('ix_vault_entry_person_id'), 'vault_entry', ['person_id'], unique=False)
    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('what_zh', sa.String(), nullable=False),
    sa.Column('what_en', sa.String(), nullable=False),
    sa.Column('check_zh', sa.String(), nullable=False),
    sa.Column('check_en', sa.String(), nullable=False),
    sa.Column('hypothesis', sa.String(), nullable=False),
    sa.Column('hypothesis_hash', sa.String(), nullable=False),
    sa.Column('target', sa.Float(), nullable=False),
    sa.Column('added_by', sa.String(), nullable=False),
    sa.Column('added_at', UTC, nullable=False),
    sa.Column('released_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_change_issue_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_change_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change'))
    )
    op.create_index(op.f('ix_change_issue_id'), 'change', ['issue_id'], unique=False)
    op.create_index(op.f('ix_change_ticket_id'), 'change', ['ticket_id'], unique=False)
    op.create_table('mention',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('start', sa.Integer(), nullable=False),
    sa.Column('end', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('time', UTC, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('aspect', sa.String(), nullable=False),
    sa.Column('polarity', sa.Float(), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('because', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_mention_feedback_id')),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_mention_issue_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mention_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mention')),
    sa.UniqueConstraint('feedback_id', 'issue_id', 'start', name=op.f('uq_mention_feedback_id'))
    )
    op.create_index(op.f('ix_mention_day'), 'mention', ['day'], unique=False)
    op.create_index(op.f('ix_mention_feedback_id'), 'mention', ['feedback_id'], unique=False)
    op.create_index(op.f('ix_mention_issue_id'), 'mention', ['issue_id'], unique=False)
    op.create_index(op.f('ix_mention_person_id'), 'mention', ['person_id'], unique=False)
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('canary', sa.Boolean(), nullable=False),
    sa.Column('reaction', sa.String(), nullable=True),
    sa.Column('planned_at', UTC, nullable=False),
    sa.Column('told_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['change_id'], ['change.id'], name=op.f('fk_notice_change_id')),
    sa.ForeignKeyConstraint(['mention_id'], ['mention.id'], name=op.f('fk_notice_mention_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_notice_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('person_id', 'change_id', name=op.f('uq_notice_person_id'))
    )
    op.create_index(op.f('ix_notice_change_id'), 'notice', ['change_id'], unique=False)
    op.create_index(op.f('ix_notice_person_id'), 'notice', ['person_id'], unique=False)
    op.create_table('verdict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('issue_id', sa.Integer(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('rate_ratio', sa.Float(), nullable=False),
    sa.Column('low', sa.Float(), nullable=False),
    sa.Column('high', sa.Float(), nullable=False),
    sa.Column('p_less', sa.Float(), nullable=False),
    sa.Column('before', sa.Integer(), nullable=False),
    sa.Column('before_weeks', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.Column('avoided', sa.Float(), nullable=False),
    sa.Column('weeks_needed', sa.Integer(), nullable=True),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('looked_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['change_id'], ['change.id'], name=op.f('fk_verdict_change_id')),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_verdict_issue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verdict')),
    sa.UniqueConstraint('change_id', 'week', name=op.f('uq_verdict_change_id'))
    )
    op.create_index(op.f('ix_verdict_change_id'), 'verdict', ['change_id'], unique=False)
    op.create_index(op.f('ix_verdict_issue_id'), 'verdict', ['issue_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_verdict_issue_id'), table_name='verdict')
    op.drop_index(op.f('ix_verdict_change_id'), table_name='verdict')
    op.drop_table('verdict')
    op.drop_index(op.f('ix_notice_person_id'), table_name='notice')
    op.drop_index(op.f('ix_notice_change_id'), table_name='notice')
    op.drop_table('notice')
    op.drop_index(op.f('ix_mention_person_id'), table_name='mention')
    op.drop_index(op.f('ix_mention_issue_id'), table_name='mention')
    op.drop_index(op.f('ix_mention_feedback_id'), table_name='mention')
    op.drop_index(op.f('ix_mention_day'), table_name='mention')
    op.drop_table('mention')
    op.drop_index(op.f('ix_change_ticket_id'), table_name='change')
    op.drop_index(op.f('ix_change_issue_id'), table_name='change')
    op.drop_table('change')
    op.drop_index(op.f('ix_vault_entry_person_id'), table_name='vault_entry')
    op.drop_table('vault_entry')
    op.drop_index(op.f('ix_ticket_ref'), table_name='ticket')
    op.drop_index(op.f('ix_ticket_issue_id'), table_name='ticket')
    op.drop_table('ticket')
    op.drop_index(op.f('ix_signal_issue_id'), table_name='signal')
    op.drop_table('signal')
    op.drop_table('issue_day')
    op.drop_index(op.f('ix_issue_change_issue_id'), table_name='issue_change')
    op.drop_table('issue_change')
    op.drop_index(op.f('ix_identity_person_id'), table_name='identity')
    op.drop_table('identity')
    op.drop_index(op.f('ix_feedback_time'), table_name='feedback')
    op.drop_index(op.f('ix_feedback_person_id'), table_name='feedback')
    op.drop_index(op.f('ix_feedback_day'), table_name='feedback')
    op.drop_index('ix_feedback_conversation', table_name='feedback')
    op.drop_table('feedback')
    op.drop_index(op.f('ix_faq_draft_issue_id'), table_name='faq_draft')
    op.drop_table('faq_draft')
    op.drop_index(op.f('ix_event_time'), table_name='event')
    op.drop_index(op.f('ix_event_person_id'), table_name='event')
    op.drop_table('event')
    op.drop_index(op.f('ix_commitment_issue_id'), table_name='commitment')
    op.drop_table('commitment')
    op.drop_table('volume_day')
    op.drop_table('unread')
    op.drop_index(op.f('ix_timer_due_at'), table_name='timer')
    op.drop_table('timer')
    op.drop_table('series')
    op.drop_index(op.f('ix_person_merged_into'), table_name='person')
    op.drop_table('person')
    op.drop_table('limit_slot')
    op.drop_index(op.f('ix_issue_merged_into'), table_name='issue')
    op.drop_table('issue')
    op.drop_table('digest')
    op.drop_index('ix_delivery_due', table_name='delivery')
    op.drop_index(op.f('ix_delivery_approval'), table_name='delivery')
    op.drop_table('delivery')
    op.drop_table('cursor')
    op.drop_table('conversation')
    op.drop_index(op.f('ix_audit_entry_subject'), table_name='audit_entry')
    op.drop_index(op.f('ix_audit_entry_action'), table_name='audit_entry')
    op.drop_table('audit_entry')
    op.drop_table('approval')
    op.drop_index(op.f('ix_answer_conversation'), table_name='answer')
    op.drop_table('answer')
