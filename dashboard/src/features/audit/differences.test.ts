import { describe, expect, it } from 'vitest';
import { differences, membersIn } from './differences';

describe('differences', () => {
	it('names each member once, with what it was and is', () => {
		expect(differences({ week_start: 1, zone: 'UTC' }, { week_start: 7 })).toEqual([
			{ name: 'week_start', before: 1, after: 7 },
			{ name: 'zone', before: 'UTC', after: undefined },
		]);
	});

	it('looks into objects, and leaves out what stayed', () => {
		expect(
			differences(
				{ retention_days: { hours: 90, days: 30 } },
				{ retention_days: { hours: 90 } },
			),
		).toEqual([{ name: 'retention_days.days', before: 30, after: undefined }]);
	});

	it('shows lists and switches, and what did not exist', () => {
		expect(differences(null, { ids: ['1'], is_on: false })).toEqual([
			{ name: 'ids', before: undefined, after: ['1'] },
			{ name: 'is_on', before: undefined, after: false },
		]);
	});

	it('is empty where nothing is told', () => {
		expect(differences(null, null)).toEqual([]);
	});

	it('knows who has to be named', () => {
		const changes = differences({ excluded_members: ['7'] }, { excluded_members: ['7', '8'] });
		expect(new Set(membersIn(changes))).toEqual(new Set(['7', '8']));
	});
});
