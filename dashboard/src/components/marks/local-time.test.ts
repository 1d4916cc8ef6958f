import { describe, expect, it } from 'vitest';
import { instantOf, localOf } from './local-time';

const at = (text: string) => Date.parse(text);

describe('instantOf', () => {
	it('reads what localOf writes', () => {
		for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns']) {
			const ms = at('2026-11-21T10:15:00Z');
			expect(instantOf(localOf(ms, zone), zone)).toBe(ms);
		}
		expect(localOf(at('2026-07-01T22:30:00Z'), 'Europe/Moscow')).toBe('2026-07-02T01:30');
	});

	it('knows what to do when clocks change', () => {
		expect(instantOf('2026-10-25T02:30', 'Europe/Berlin')).toBe(at('2026-10-25T00:30:00Z'));
		expect(instantOf('2026-03-29T02:30', 'Europe/Berlin')).toBe(at('2026-03-29T01:30:00Z'));
		expect(instantOf('2026-03-29T03:30', 'Europe/Berlin')).toBe(at('2026-03-29T01:30:00Z'));
	});

	it('refuses what is no time', () => {
		expect(instantOf('', 'UTC')).toBeNaN();
		expect(instantOf('2026-13-45T99:99', 'UTC')).toBeNaN();
	});
});
