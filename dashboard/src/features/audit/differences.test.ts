import { describe, expect, it } from 'vitest';
import { differences } from './differences';

describe('differences', () => {
	it('names each member once, with what it was and is', () => {
		expect(differences({ week_start: 1, zone: 'UTC' }, { week_start: 7 })).toEqual([
			{ name: 'week_start', before: '1', after: '7' },
			{ name: 'zone', before: 'UTC', after: '—' },
		]);
	});

	it('shows lists and switches, and what did not exist', () => {
		expect(differences(null, { ids: ['1'], is_on: false })).toEqual([
			{ name: 'ids', before: '—', after: '["1"]' },
			{ name: 'is_on', before: '—', after: 'false' },
		]);
	});

	it('is empty where nothing is told', () => {
		expect(differences(null, null)).toEqual([]);
	});
});
