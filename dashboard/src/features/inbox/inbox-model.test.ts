import { describe, expect, it } from 'vitest';
import type { DeskRequest, Inbox } from '@/api/types';
import {
	drop,
	foresee,
	groupsOf,
	keyOf,
	merge,
	nextTurnMs,
	stageOf,
	type Wish,
} from './inbox-model';

const NOW = Date.parse('2026-03-30T10:20:00Z');
const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const ALL: Wish = { guild: '', channel: '', priority: '', kind: '', stage: '' };
const bob = { id: '202', name: 'Bob', avatar_url: null, has_left: false };

function row(id: string, more: Partial<DeskRequest> = {}): DeskRequest {
	return {
		guild: { id: '1', name: 'City', icon_url: null },
		id,
		kind: 'mention',
		priority: 2,
		state: 'open',
		channel: { id: '10', name: 'help' },
		parent: null,
		author: { id: '7', name: 'Asker', avatar_url: null, has_left: false },
		rule: null,
		asked_at: iso(-10),
		clock_at: iso(-10),
		changed_at: iso(-10),
		messages: 1,
		excerpt: null,
		url: 'https://discord.com/channels/1/10/' + id,
		reopened: 0,
		answered_at: null,
		answered_by: null,
		answer_kind: null,
		claimed_at: null,
		claimed_by: null,
		closed_at: null,
		closed_by: null,
		snoozed_until: null,
		target: null,
		...more,
	};
}

const target = (risk: number, due: number) => ({
	seconds: 600,
	is_business: false,
	risk_at: iso(risk),
	due_at: iso(due),
});
const inboxOf = (...rows: DeskRequest[]): Inbox => ({
	now: iso(0),
	total: rows.length,
	rows,
	guilds: [],
});
const ids = (inbox: Inbox) => inbox.rows.map((one) => one.id).join(' ');

describe('stages', () => {
	it('go by target, snooze and who has claimed it', () => {
		expect(stageOf(row('1'), '5', NOW)).toBe('waiting');
		expect(stageOf(row('1', { target: target(-2, 2) }), '5', NOW)).toBe('at_risk');
		expect(stageOf(row('1', { target: target(-5, 0) }), '5', NOW)).toBe('overdue');
		expect(stageOf(row('1', { snoozed_until: iso(5), target: target(-5, -1) }), '5', NOW)).toBe(
			'snoozed',
		);
		expect(stageOf(row('1', { snoozed_until: iso(-5) }), '5', NOW)).toBe('waiting');
		expect(
			stageOf(row('1', { clock_at: iso(-8 * 24 * 60), target: target(-2, -1) }), '5', NOW),
		).toBe('old');
		expect(stageOf(row('1', { claimed_by: bob }), '202', NOW)).toBe('mine');
		expect(stageOf(row('1', { claimed_by: bob }), '5', NOW)).toBe('waiting');
	});

	it('turn at a known moment', () => {
		const rows = [row('1', { target: target(-2, 3) }), row('2', { snoozed_until: iso(1) })];
		expect(nextTurnMs(rows, NOW)).toBe(NOW + 60_000);
		expect(nextTurnMs([row('1')], NOW)).toBe(Infinity);
	});
});

describe('news', () => {
	it('add, change and take away', () => {
		const inbox = inboxOf(row('1'), row('2'));
		expect(ids(merge(inbox, row('3'), '5', NOW))).toBe('1 2 3');
		const resolved = row('1', { state: 'resolved', changed_at: iso(0) });
		expect(ids(merge(inbox, resolved, '5', NOW))).toBe('2');
		expect(merge(inbox, resolved, '5', NOW).total).toBe(1);
		expect(ids(drop(inbox, keyOf(row('2'))))).toBe('1');
	});

	it('keep what I claimed, and drop what another did', () => {
		const claimed = row('1', {
			state: 'answered',
			claimed_by: bob,
			claimed_at: iso(0),
			changed_at: iso(0),
		});
		expect(ids(merge(inboxOf(row('1')), claimed, '202', NOW))).toBe('1');
		expect(ids(merge(inboxOf(row('1')), claimed, '5', NOW))).toBe('');
	});

	it('that come late change nothing', () => {
		const inbox = inboxOf(row('1', { changed_at: iso(0) }));
		expect(merge(inbox, row('1', { changed_at: iso(-1), state: 'resolved' }), '5', NOW)).toBe(
			inbox,
		);
	});
});

it('groups by stage, the most pressing first', () => {
	const rows = [
		row('1'),
		row('2', { target: target(-5, -1) }),
		row('3', { target: target(-9, -4) }),
		row('4', { clock_at: iso(-30) }),
		row('5', { guild: { id: '2', name: 'Other', icon_url: null } }),
	];
	const shown = (wish: Partial<Wish>) =>
		groupsOf(rows, { ...ALL, ...wish }, '5', NOW)
			.map((group) => `${group.stage}: ${group.rows.map((one) => one.id).join(' ')}`)
			.join('; ');
	expect(shown({})).toBe('overdue: 3 2; waiting: 4 1 5');
	expect(shown({ guild: '2' })).toBe('waiting: 5');
	expect(shown({ stage: 'overdue' })).toBe('overdue: 3 2');
	expect(shown({ priority: '4' })).toBe('');
});

it('foresees what an act does', () => {
	expect(foresee(row('1'), 'resolve', 0, NOW).state).toBe('resolved');
	expect(foresee(row('1'), 'snooze', 60, NOW).snoozed_until).toBe(iso(1));
	expect(foresee(row('1', { snoozed_until: iso(9) }), 'snooze', 0, NOW).snoozed_until).toBeNull();
});
