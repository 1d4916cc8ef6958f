import { describe, expect, it } from 'vitest';
import type { Annotation } from '@/api/types';
import { placeMarks } from './mark-model';

const DAY_MS = 86_400_000;
const mark = (
	atMs: number,
	untilMs: number | null,
	kind: Annotation['kind'] = 'note',
): Annotation => ({
	id: '1',
	at: new Date(atMs).toISOString(),
	until_at: untilMs === null ? null : new Date(untilMs).toISOString(),
	kind,
	text: kind,
	count: null,
	cause: null,
	author: null,
});

describe('placeMarks', () => {
	const model = { startsMs: [10 * DAY_MS, 11 * DAY_MS, 12 * DAY_MS], endMs: 13 * DAY_MS };
	const place = (...marks: Annotation[]) => placeMarks(marks, model, (one) => one.text ?? '');

	it('puts a moment where it lies in its bucket', () => {
		expect(place(mark(11.5 * DAY_MS, null))).toEqual([
			{ from: 1, to: 1, color: '--ra-accent', text: 'note' },
		]);
	});

	it('cuts a stretch at the edges of the chart', () => {
		expect(place(mark(9 * DAY_MS, 20 * DAY_MS, 'downtime'))).toEqual([
			{ from: -0.5, to: 2.5, color: '--ra-warning', text: 'downtime' },
		]);
	});

	it('leaves out what lies beside it', () => {
		expect(place(mark(9 * DAY_MS, null), mark(13 * DAY_MS, null), mark(1, 2))).toEqual([]);
	});
});
