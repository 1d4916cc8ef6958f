import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newFormats } from './format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const en = newFormats('en-GB');
const ru = newFormats('ru');
/* Intl writes all kinds of spaces. */
const plain = (text: string) => text.replace(/[\s\u00a0\u202f\u2009]+/gu, ' ');

describe('numbers', () => {
	it('writes counts whole below a million and short above', () => {
		expect(en.count(999_999)).toBe('999,999');
		expect(en.count(1_250_000).toLowerCase()).toBe('1.3m');
		expect(plain(ru.count(12_345))).toBe('12 345');
	});

	it('shows a digit after the point only where it says something', () => {
		expect(en.mean(3.14)).toBe('3.1');
		expect(en.mean(3141.4)).toBe('3,141');
	});

	it('signs differences with a real minus', () => {
		expect(en.signed(5)).toBe('+5');
		expect(en.signed(-5)).toBe('\u22125');
		expect(en.signed(0)).toBe('0');
	});

	it('never rounds an incomplete share up to all of it', () => {
		expect(en.share(1)).toBe('100%');
		expect(en.share(0.99996)).toBe('99.9%');
		expect(en.share(0.5)).toBe('50%');
		expect(en.share(0)).toBe('0%');
	});
});

describe('durations', () => {
	it.each([
		[0, '0m'],
		[59 * MINUTE, '59m'],
		[2 * HOUR, '2h'],
		[2 * HOUR + 5 * MINUTE, '2h 5m'],
		[1234 * HOUR, '1,234h'],
	])('%d ms', (ms, text) => {
		expect(en.duration(ms)).toBe(text);
	});

	it('speaks Russian', () => {
		expect(plain(ru.duration(2 * HOUR + 5 * MINUTE))).toBe('2 ч 5 мин');
	});
});

describe('dates', () => {
	const zone = 'Europe/Moscow';
	const start = Date.parse('2025-11-02T21:00:00Z');

	beforeEach(() => {
		vi.setSystemTime('2025-12-24');
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it('names a bucket by the clock of the guild, not of the reader', () => {
		expect(en.bucket(start, 'day', zone)).toContain('3 Nov');
		expect(en.bucket(start, 'day', 'UTC')).toContain('2 Nov');
		expect(en.tick(start, 'hour', zone)).toBe('00:00');
		expect(en.bucket(start, 'month', zone)).toBe('November 2025');
	});

	it('ends a range on its last day, the end being excluded', () => {
		const range = { from: '2025-10-31T21:00:00Z', to: '2025-11-30T21:00:00Z', timezone: zone };
		expect(plain(en.range(range))).toMatch(/^1 ?– ?30 Nov$/);
	});

	it('writes the year of another year', () => {
		const range = { from: '2024-03-01T00:00:00Z', to: '2024-03-03T00:00:00Z', timezone: 'UTC' };
		expect(en.range(range)).toContain('2024');
	});

	it('writes the years where they differ', () => {
		const range = { from: '2024-12-31T00:00:00Z', to: '2025-01-02T00:00:00Z', timezone: 'UTC' };
		expect(plain(en.range(range))).toBe('31 Dec 2024 – 1 Jan 2025');
	});

	it('counts weekdays from Monday', () => {
		expect(en.weekday(0, 'long')).toBe('Monday');
		expect(ru.weekday(6, 'short')).toBe('вс');
	});
});
