import { describe, expect, it } from 'vitest';
import { DEFAULT_VIEW, PERIODS, parseView, rangeQuery, writeView } from './view';

const parse = (search: string) => parseView(new URLSearchParams(search));

describe('parseView', () => {
	it('starts at the last 28 days, compared with the ones before', () => {
		expect(parse('')).toEqual(DEFAULT_VIEW);
	});

	it('takes what it knows and falls back from what it does not', () => {
		const view = parse('period=7d&compare=nonsense&rule=raw_ms&heat=voice&people=active');
		expect(view).toMatchObject({
			period: '7d',
			compare: 'previous',
			rule: 'raw_ms',
			heat: 'voice',
			people: 'active',
		});
	});

	it('keeps lines of the chart in their own order, and at least one', () => {
		expect(parse('show=reactions,messages,x').show).toEqual(['messages', 'reactions']);
		expect(parse('show=x').show).toEqual(['messages']);
	});

	it.each([
		'period=custom',
		'period=custom&from=2025-11-01',
		'period=custom&from=2025-11-09&to=2025-11-01',
		'period=custom&from=2025-13-01&to=2025-13-02',
		'period=custom&from=yesterday&to=today',
	])('does not ask the server for a broken range: %s', (search) => {
		expect(parse(search)).toMatchObject({ period: '28d', from: '', to: '' });
	});

	it('ignores dates of a period that has its own', () => {
		expect(parse('period=7d&from=2025-11-01&to=2025-11-02')).toMatchObject({
			period: '7d',
			from: '',
		});
	});
});

describe('writeView', () => {
	it('writes nothing for the default view, and keeps strangers', () => {
		const search = new URLSearchParams('period=7d&utm=1');
		expect(writeView(DEFAULT_VIEW, search).toString()).toBe('utm=1');
	});

	it('is read back as it was', () => {
		const view = parse(
			'period=custom&from=2025-11-01&to=2025-11-30&compare=none&show=messages,reactions&by=voice',
		);
		expect(parseView(writeView(view, new URLSearchParams()))).toEqual(view);
	});
});

describe('rangeQuery', () => {
	it('sends dates only with a custom period', () => {
		expect(rangeQuery(parse('period=today'))).toEqual({ period: 'today', compare: 'previous' });
		expect(rangeQuery(parse('period=custom&from=2025-11-01&to=2025-11-02'))).toEqual({
			period: 'custom',
			from: '2025-11-01',
			to: '2025-11-02',
			compare: 'previous',
		});
	});
});

it('gives every period a key of its own', () => {
	const keys = [...PERIODS.map((item) => item.hotkey), 'x', '?'];
	expect(new Set(keys).size).toBe(keys.length);
});
