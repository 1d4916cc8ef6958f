/*
 * What waits, and how urgently. Pure: rows come from the list and the stream, the time from
 * whoever asks. A row is known by its server and its id.
 */
import type { DeskRequest, Inbox } from '@/api/types';

const DAY_MS = 86_400_000;
const OLD_MS = 7 * DAY_MS;

export const STAGES = ['mine', 'overdue', 'at_risk', 'waiting', 'old', 'snoozed'] as const;
export type Stage = (typeof STAGES)[number];

export const keyOf = (row: { guild: { id: string }; id: string }) => `${row.guild.id}/${row.id}`;
const at = (iso: string | null | undefined) => (iso ? Date.parse(iso) : Infinity);

/** Whether it has a place in the inbox of this reader (as in GET /inbox). */
export function isWaiting(row: DeskRequest, me: string, nowMs: number): boolean {
	if (row.state === 'open') return true;
	const isMine = row.state === 'answered' && row.claimed_by?.id === me;
	return isMine && nowMs - at(row.claimed_at) < DAY_MS;
}

export function stageOf(row: DeskRequest, me: string, nowMs: number): Stage {
	if (row.claimed_by?.id === me) return 'mine';
	if (row.snoozed_until && at(row.snoozed_until) > nowMs) return 'snoozed';
	if (nowMs - at(row.clock_at) > OLD_MS) return 'old';
	if (at(row.target?.due_at) <= nowMs) return 'overdue';
	return at(row.target?.risk_at) <= nowMs ? 'at_risk' : 'waiting';
}

/** When the next row goes to another stage by itself; Infinity: none will. */
export function nextTurnMs(rows: DeskRequest[], nowMs: number): number {
	const turns = rows.flatMap((row) => [
		at(row.snoozed_until),
		at(row.target?.risk_at),
		at(row.target?.due_at),
	]);
	return Math.min(Infinity, ...turns.filter((turn) => turn > nowMs));
}

/** The list with what the stream told; older news of a row changes nothing. */
export function merge(inbox: Inbox, row: DeskRequest, me: string, nowMs: number): Inbox {
	const known = inbox.rows.find((one) => keyOf(one) === keyOf(row));
	if (known && known.changed_at > row.changed_at) return inbox;
	const others = inbox.rows.filter((one) => one !== known);
	const rows = isWaiting(row, me, nowMs) ? [...others, row] : others;
	return { ...inbox, rows, total: inbox.total + rows.length - inbox.rows.length };
}

export function drop(inbox: Inbox, key: string): Inbox {
	const rows = inbox.rows.filter((row) => keyOf(row) !== key);
	return { ...inbox, rows, total: inbox.total + rows.length - inbox.rows.length };
}

export interface Wish {
	guild: string;
	channel: string;
	priority: string;
	kind: string;
	/** a stage, or '' for all */
	stage: string;
}

export const isFiltered = (wish: Wish) => Object.values(wish).some(Boolean);

function isWanted(row: DeskRequest, wish: Wish): boolean {
	return (
		(!wish.guild || row.guild.id === wish.guild) &&
		(!wish.channel || row.channel.id === wish.channel || row.parent?.id === wish.channel) &&
		(!wish.priority || String(row.priority) === wish.priority) &&
		(!wish.kind || row.kind === wish.kind)
	);
}

export interface Group {
	stage: Stage;
	rows: DeskRequest[];
}

/** By stage, the most pressing first; who waits longest first within each. */
export function groupsOf(rows: DeskRequest[], wish: Wish, me: string, nowMs: number): Group[] {
	const wanted = rows.filter((row) => isWanted(row, wish));
	const urgency = (row: DeskRequest) => Math.min(at(row.target?.due_at), Number.MAX_VALUE);
	wanted.sort((a, b) => urgency(a) - urgency(b) || at(a.clock_at) - at(b.clock_at));
	return STAGES.filter((stage) => !wish.stage || stage === wish.stage)
		.map((stage) => ({
			stage,
			rows: wanted.filter((row) => stageOf(row, me, nowMs) === stage),
		}))
		.filter((group) => group.rows.length > 0);
}

/** The channels of some rows, a thread standing for its channel; by name. */
export function channelsOf(rows: DeskRequest[], guild: string): { id: string; name: string }[] {
	const known = new Map<string, string>();
	for (const row of rows) {
		const channel = row.parent ?? row.channel;
		if (!guild || row.guild.id === guild) known.set(channel.id, channel.name);
	}
	return [...known]
		.map(([id, name]) => ({ id, name }))
		.sort((a, b) => a.name.localeCompare(b.name));
}

export const ACTS = ['claim', 'unclaim', 'resolve', 'reopen', 'not-a-request', 'snooze'] as const;
export type Act = (typeof ACTS)[number];

/** What takes an act back. */
export const UNDO: Record<Act, Act> = {
	claim: 'unclaim',
	unclaim: 'claim',
	resolve: 'reopen',
	reopen: 'resolve',
	'not-a-request': 'reopen',
	snooze: 'snooze',
};

/** How the row will look when the act is done, as far as we can tell. */
export function foresee(row: DeskRequest, act: Act, forS: number, nowMs: number): DeskRequest {
	if (act === 'snooze') {
		const until = forS ? new Date(nowMs + forS * 1000).toISOString() : null;
		return { ...row, snoozed_until: until };
	}
	if (act === 'resolve') return { ...row, state: 'resolved' };
	if (act === 'not-a-request') return { ...row, state: 'not_a_request' };
	return row;
}
