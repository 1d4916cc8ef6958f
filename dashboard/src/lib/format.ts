/*
 * Numbers, durations and dates as the reader's language writes them. One object for a
 * language, made once: Intl formats are expensive to build and cheap to use.
 */
import type { Bucket, Range } from '@/api/types';
import { dayOf } from './zone';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SHORTEN_FROM = 1_000_000;
const MINUS = '\u2212';

export interface Formats {
	language: string;
	count(value: number): string;
	/** with one digit below ten, for averages */
	mean(value: number): string;
	/** axis labels: 12K, 3.4M */
	short(value: number): string;
	signed(value: number): string;
	percent(ratio: number): string;
	share(ratio: number): string;
	duration(ms: number): string;
	hours(ms: number): string;
	date(ms: number, zone: string): string;
	dateTime(ms: number, zone: string): string;
	time(ms: number, zone: string): string;
	clock(ms: number): string;
	bucket(startMs: number, bucket: Bucket, zone: string): string;
	tick(startMs: number, bucket: Bucket, zone: string): string;
	/** years are written where they are not all this one */
	range(range: Pick<Range, 'from' | 'to' | 'timezone'>): string;
	weekday(mondayFirst: number, style: 'short' | 'long'): string;
	list(items: string[]): string;
}

function memo<A extends string>(make: (key: A) => Intl.DateTimeFormat) {
	const known = new Map<A, Intl.DateTimeFormat>();
	return (key: A): Intl.DateTimeFormat => {
		let format = known.get(key);
		if (!format) known.set(key, (format = make(key)));
		return format;
	};
}

export function newFormats(language: string): Formats {
	const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
	const dates = (options: Intl.DateTimeFormatOptions) =>
		memo((timeZone: string) => new Intl.DateTimeFormat(language, { ...options, timeZone }));

	const whole = number({ maximumFractionDigits: 0 });
	const tenth = number({ maximumFractionDigits: 1 });
	const compact = number({ notation: 'compact', maximumFractionDigits: 1 });
	const plus = number({ signDisplay: 'exceptZero', maximumFractionDigits: 0 });
	const percent = number({ style: 'percent', maximumFractionDigits: 0 });
	const percentTenth = number({ style: 'percent', maximumFractionDigits: 1 });
	const unit = (name: string) =>
		number({ style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: 0 });
	const hour = unit('hour');
	const minute = unit('minute');
	const tenthHour = number({
		style: 'unit',
		unit: 'hour',
		unitDisplay: 'narrow',
		maximumFractionDigits: 1,
	});

	const day = dates({ day: 'numeric', month: 'short' });
	const dayYear = dates({ day: 'numeric', month: 'short', year: 'numeric' });
	const weekdayDay = dates({ weekday: 'short', day: 'numeric', month: 'short' });
	const monthYear = dates({ month: 'long', year: 'numeric' });
	const month = dates({ month: 'short' });
	const clockOf = dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
	const hourDay = dates({
		weekday: 'short',
		day: 'numeric',
		month: 'short',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	});
	const dateTime = dates({
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	});
	const localClock = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
	const weekdays = {
		short: new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }),
		long: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }),
	};
	const conjunction = new Intl.ListFormat(language, { type: 'conjunction' });

	const formats: Formats = {
		language,
		count: (value) => (Math.abs(value) < SHORTEN_FROM ? whole : compact).format(value),
		mean: (value) => (Math.abs(value) < 10 ? tenth : whole).format(value),
		short: (value) => (Math.abs(value) < 10_000 ? tenth : compact).format(value),
		signed: (value) => plus.format(value).replace('-', MINUS),
		percent: (ratio) =>
			(Math.abs(ratio) < 0.1 ? percentTenth : percent).format(Math.abs(ratio)),
		share: (ratio) => {
			/* Nearly all is not all: 99.96 % must not read 100 %. */
			if (ratio > 0.99 && ratio < 1)
				return percentTenth.format(Math.floor(ratio * 1000) / 1000);
			return (ratio > 0 && ratio < 0.1 ? percentTenth : percent).format(ratio);
		},
		duration: (ms) => {
			if (ms >= 10 * HOUR_MS) return hour.format(Math.round(ms / HOUR_MS));
			const minutes = Math.round(ms / MINUTE_MS);
			if (minutes < 60) return minute.format(minutes);
			const rest = minutes % 60;
			const hours = hour.format((minutes - rest) / 60);
			return rest ? `${hours} ${minute.format(rest)}` : hours;
		},
		hours: (ms) => (ms < 10 * HOUR_MS ? tenthHour : hour).format(ms / HOUR_MS),
		date: (ms, zone) => dayYear(zone).format(ms),
		dateTime: (ms, zone) => dateTime(zone).format(ms),
		time: (ms, zone) => clockOf(zone).format(ms),
		clock: (ms) => localClock.format(ms),
		bucket: (startMs, bucket, zone) => {
			if (bucket === 'hour') return hourDay(zone).format(startMs);
			if (bucket === 'month') return monthYear(zone).format(startMs);
			return (bucket === 'day' ? weekdayDay : dayYear)(zone).format(startMs);
		},
		tick: (startMs, bucket, zone) => {
			if (bucket === 'hour') return clockOf(zone).format(startMs);
			return (bucket === 'month' ? month : day)(zone).format(startMs);
		},
		range: ({ from, to, timezone }) => {
			/* `to` is excluded: its last moment is the day people mean. */
			const first = Date.parse(from);
			const last = Math.max(first, Date.parse(to) - 1);
			const years = [first, last, Date.now()].map((ms) => dayOf(ms, timezone).slice(0, 4));
			const isThisYear = years.every((year) => year === years[0]);
			return (isThisYear ? day : dayYear)(timezone).formatRange(first, last);
		},
		weekday: (mondayFirst, style) => weekdays[style].format(Date.UTC(2024, 0, 1 + mondayFirst)),
		list: (items) => conjunction.format(items),
	};
	return formats;
}
