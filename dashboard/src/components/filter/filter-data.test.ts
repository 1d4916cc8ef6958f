import { describe, expect, it } from 'vitest';
import type { Directory } from '@/api/types';
import { DEFAULT_VIEW, filterQuery, parseView, rangeQuery, writeView } from '@/lib/view';
import { chipsOf, choicesOf, fromWish, toWish } from './filter-data';

const directory: Directory = {
	channels: [
		{ id: '1', name: 'general', kind: 0, parent_id: '9', is_deleted: false },
		{ id: '9', name: 'Rooms', kind: 4, parent_id: null, is_deleted: false },
	],
	roles: [{ id: '5', name: '=cmd()', color: 0 }],
	members: [{ id: '7', name: '<b>Ann</b>', avatar_url: null, is_bot: false, has_left: false }],
};
const ALL = ['channel', 'category', 'role', 'member'] as const;
const viewOf = (query: string) => parseView(new URLSearchParams(query));

describe('a filter in the address', () => {
	it('takes ids, each once, and nothing else', () => {
		expect(viewOf('channel=1,x,1,0,22&bots=never').channel).toBe('1,22');
		expect(viewOf('bots=never').bots).toBe('');
		expect(
			viewOf(`member=${Array.from({ length: 80 }, (_, i) => i + 1)}`).member.split(','),
		).toHaveLength(50);
	});

	it('is a part of every question, and left out where there is none', () => {
		expect(rangeQuery(viewOf('role=5&bots=only'))).toEqual({
			period: '28d',
			compare: 'previous',
			role: '5',
			bots: 'only',
		});
		expect(filterQuery(DEFAULT_VIEW)).toEqual({});
		expect(String(writeView(viewOf('channel=1'), new URLSearchParams('x=y')))).toBe(
			'x=y&channel=1',
		);
	});

	it('shows a chip an id, named or not, that knows what stays without it', () => {
		expect(chipsOf(viewOf('channel=1,2&category=9'), ALL, directory)).toEqual([
			{ what: 'channel', id: '1', name: 'general', rest: '2' },
			{ what: 'channel', id: '2', name: null, rest: '1' },
			{ what: 'category', id: '9', name: 'Rooms', rest: '' },
		]);
	});
});

describe('what one may filter by', () => {
	it('is found by a part of its name, or by its id', () => {
		expect(choicesOf(directory, 'ROOM', ALL).map(({ what, id }) => [what, id])).toEqual([
			['category', '9'],
		]);
		expect(choicesOf(directory, '7', ALL).map(({ what }) => what)).toEqual(['member']);
		expect(choicesOf(directory, '', ['role']).map(({ name }) => name)).toEqual(['=cmd()']);
		expect(choicesOf(undefined, '', ALL)).toEqual([]);
	});
});

it('a saved filter comes back as it was, and nothing of the one before stays', () => {
	const view = viewOf('channel=1,2&member=7&bots=with&rule=raw_ms');
	const wish = toWish(view);
	expect(wish).toEqual({ channel: ['1', '2'], member: ['7'], bots: 'with', rule: 'raw_ms' });
	expect({ ...viewOf('role=5'), ...fromWish(wish) }).toEqual(view);
});
