import { expect, test } from 'vitest';
import { agoText, sizeText } from './size';

test('bytes are said in units of a thousand', () => {
	expect(sizeText(999, 'en')).toBe('999 byte');
	expect(sizeText(1500, 'en')).toBe('1.5 kB');
	expect(sizeText(123_400_000, 'en')).toBe('123 MB');
	expect(sizeText(3_140_000_000, 'ru')).toBe('3,1 ГБ');
});

test('times are said from now', () => {
	const now = Date.UTC(2026, 10, 21, 12);
	expect(agoText(now - 3 * 3_600_000, now, 'en')).toBe('3 hours ago');
	expect(agoText(now + 26 * 3_600_000, now, 'en')).toBe('tomorrow');
	expect(agoText(now - 20_000, now, 'en')).toBe('this minute');
});
