import { expect, it } from 'vitest';
import { newFormats } from '@/lib/format';
import { waitText } from './wait';

const en = newFormats('en-GB');

it('writes seconds while they matter', () => {
	expect(waitText(900, en)).toBe('1s');
	expect(waitText(59_000, en)).toBe('59s');
	expect(waitText(60_000, en)).toBe('1m');
	expect(waitText(95_000, en)).toBe('1m 35s');
	expect(waitText(12 * 60_000 + 20_000, en)).toBe('12m');
	expect(waitText(3_700_000, en)).toBe('1h 2m');
	expect(waitText(4 * 86_400_000, en)).toBe('4d');
});
