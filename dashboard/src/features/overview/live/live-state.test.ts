import { expect, it } from 'vitest';
import { live } from '@/test/samples';
import { FIRST_STATE, nextLiveState, STALE_AFTER_MS, type LiveEvent } from './live-state';

const after = (...events: LiveEvent[]) => events.reduce(nextLiveState, FIRST_STATE);
const started: LiveEvent = { type: 'started', atMs: 0 };
const heard: LiveEvent = { type: 'heard', atMs: 1000, data: live };

it('is live once it has heard something', () => {
	expect(after(started).status).toBe('connecting');
	expect(after(started, heard)).toMatchObject({ status: 'live', data: live, heardAtMs: 1000 });
});

it('keeps the last figures while it reconnects', () => {
	expect(after(started, heard, { type: 'lost' })).toMatchObject({
		status: 'reconnecting',
		data: live,
	});
	expect(after(started, heard, { type: 'lost' }, heard).status).toBe('live');
});

it('admits that it knows nothing new after three silences', () => {
	const late: LiveEvent = { type: 'tick', atMs: 1000 + STALE_AFTER_MS + 1 };
	expect(after(started, heard, { type: 'tick', atMs: 1000 + STALE_AFTER_MS }).status).toBe(
		'live',
	);
	expect(after(started, heard, late).status).toBe('stale');
	expect(after(started, heard, { type: 'lost' }, late).status).toBe('stale');
	expect(after(started, heard, late, { type: 'lost' }).status).toBe('stale');
	expect(after(started, { type: 'tick', atMs: STALE_AFTER_MS + 1 }).status).toBe('stale');
});

it('forgets the old guild when another one starts', () => {
	expect(after(started, heard, { type: 'started', atMs: 9 })).toMatchObject({
		status: 'connecting',
		data: null,
	});
});
