/* Answers in, drawings, tables and sentences out. */
import i18next from 'i18next';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isEmpty } from '@/components/chart/chart-model';
import { newFormats } from '@/lib/format';
import { toJson } from '@/lib/table';
import * as samples from '@/test/samples';
import { shapeMembers } from './members/members-data';
import { shapeMessages } from './messages/messages-data';
import { meanOf, type Words } from '@/components/chart/shape';
import { shapeVoice } from './voice/voice-data';

const words: Words = { t: i18next.t, formats: newFormats('en-GB') };
const plain = (text: string) => text.replace(/[\s\u00a0\u202f\u2009]+/gu, ' ');

beforeEach(() => {
	vi.setSystemTime('2025-11-05T09:00:00Z');
});
afterEach(() => {
	vi.useRealTimers();
});

describe('meanOf', () => {
	it('leaves the running bucket out, unless it is all there is', () => {
		expect(meanOf([10, 20, 3], true)).toBe(15);
		expect(meanOf([10, 20, 3], false)).toBe(11);
		expect(meanOf([3], true)).toBe(3);
		expect(meanOf([null, null], false)).toBe(0);
	});
});

describe('shapeMessages', () => {
	it('compares the first line only', () => {
		const { model } = shapeMessages(samples.messages, ['messages', 'bot_messages'], words);
		expect(model.series.map((series) => [series.key, series.previous])).toEqual([
			['messages', [300, 500, 200]],
			['bot_messages', null],
		]);
	});

	it('says it in a sentence', () => {
		const { summary } = shapeMessages(samples.messages, ['messages'], words);
		expect(plain(summary)).toBe(
			'1,234 messages from people, 600 a day on average. Peak: 800 (Tue 4 Nov).',
		);
	});

	it('puts every series into the table, and the compared one beside', () => {
		const { table } = shapeMessages(samples.messages, ['messages'], words);
		expect(JSON.parse(toJson(table))[1]).toEqual({
			start: '2025-11-03T21:00:00.000Z',
			messages: 800,
			bot_messages: 20,
			reactions: 6,
			messages_previous: 500,
		});
		expect(plain(table.columns.at(-1)?.title ?? '')).toBe(
			'Messages from people, 31 Oct – 2 Nov',
		);
	});
});

describe('shapeMembers', () => {
	it('draws leaves downwards and members on their own axis', () => {
		const { model, summary } = shapeMembers(samples.members, 'growth', words);
		expect(model.series.find((series) => series.key === 'leaves')?.isBelow).toBe(true);
		expect(model.series.find((series) => series.key === 'members')?.axis).toBe('right');
		expect(summary).toBe('4 joined, 3 left: +1 in all.');
	});

	it('is empty when members merely stay', () => {
		const still = samples.members.series.map((series) =>
			series.key === 'members' ? series : { ...series, values: [0, 0, 0], previous: null },
		);
		expect(
			isEmpty(shapeMembers({ ...samples.members, series: still }, 'growth', words).model),
		).toBe(true);
		expect(isEmpty(shapeMembers(samples.members, 'growth', words).model)).toBe(false);
	});

	it('tells how many took part', () => {
		const { summary } = shapeMembers(samples.members, 'active', words);
		expect(plain(summary)).toBe('40 active members a day on average. Peak: 50 (Tue 4 Nov).');
	});
});

describe('shapeVoice', () => {
	it('draws hours where there are hours, minutes where there are not', () => {
		const hours = shapeVoice(samples.voice, 'present_ms', words).model.series[0];
		expect(hours?.values).toEqual([0, 1.5, 0]);
		const minutes = shapeVoice(samples.voice, 'talking_ms', words).model.series[0];
		expect(minutes?.values).toEqual([0, 15, 0]);
		expect(minutes?.show(15)).toBe('15m');
	});

	it('always files hours', () => {
		const { table } = shapeVoice(samples.voice, 'present_ms', words);
		expect(JSON.parse(toJson(table))[1]).toMatchObject({
			raw_hours: 2,
			present_hours: 1.5,
			talking_hours: 0.25,
		});
		expect(JSON.parse(toJson(table))[0]).toMatchObject({ present_hours_previous: 1 });
	});
});
