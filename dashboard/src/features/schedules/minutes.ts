/*
 * Spans of minutes of a week, Monday 00:00 being 0: what schedules and shifts are made of. Here they
 * are painted by the hour, and written and read as text by the day.
 */
import type { Minutes } from '@/api/types';

export type Spans = Minutes;
export const DAYS = 7;
export const DAY_MIN = 1440;
const HOUR_MIN = 60;

/** In order, and joined where they touch. */
export function tidy(spans: Spans): Spans {
	const sorted = spans
		.filter(({ from, to }) => from < to)
		.toSorted((a, b) => a.from - b.from || a.to - b.to);
	const joined: Spans = [];
	for (const span of sorted) {
		const last = joined.at(-1);
		if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
		else joined.push({ ...span });
	}
	return joined;
}

/** What of [from, to) is open. */
export function minutesIn(spans: Spans, from: number, to: number): number {
	return tidy(spans).reduce(
		(sum, span) => sum + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)),
		0,
	);
}

/** Opens or closes [from, to). */
export function paint(spans: Spans, from: number, to: number, isOpen: boolean): Spans {
	if (isOpen) return tidy([...spans, { from, to }]);
	return tidy(
		spans.flatMap((span) => [
			{ from: span.from, to: Math.min(span.to, from) },
			{ from: Math.max(span.from, to), to: span.to },
		]),
	);
}

export type Fill = 'none' | 'part' | 'all';

export function hourFill(spans: Spans, day: number, hour: number): Fill {
	const from = day * DAY_MIN + hour * HOUR_MIN;
	const open = minutesIn(spans, from, from + HOUR_MIN);
	return open === 0 ? 'none' : open === HOUR_MIN ? 'all' : 'part';
}

export function paintHour(spans: Spans, day: number, hour: number, isOpen: boolean): Spans {
	const from = day * DAY_MIN + hour * HOUR_MIN;
	return paint(spans, from, from + HOUR_MIN, isOpen);
}

const clock = (minute: number) =>
	`${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** `09:00–13:00, 14:00–18:30` of spans of one day. */
export const spansText = (spans: Spans): string =>
	tidy(spans)
		.map(({ from, to }) => `${clock(from)}–${clock(to)}`)
		.join(', ');

/** The spans of one day of the week, from its own midnight. */
export const daySpans = (spans: Spans, day: number): Spans =>
	tidy(spans)
		.map(({ from, to }) => ({
			from: Math.max(from - day * DAY_MIN, 0),
			to: Math.min(to - day * DAY_MIN, DAY_MIN),
		}))
		.filter(({ from, to }) => from < to);

const SPAN = /^(\d{1,2})(?::(\d{2}))?\s*[-–—]\s*(\d{1,2})(?::(\d{2}))?$/;

/** Reads what spansText writes, and what people type: `9-18`, `9:30 - 13`. Null: not understood. */
export function readSpans(text: string): Spans | null {
	const spans: Spans = [];
	for (const part of text.split(/[,;]/).map((piece) => piece.trim())) {
		if (!part) continue;
		const found = SPAN.exec(part);
		if (!found) return null;
		const [, fromHour = '', fromMin = '0', toHour = '', toMin = '0'] = found;
		const from = Number(fromHour) * 60 + Number(fromMin);
		const to = Number(toHour) * 60 + Number(toMin);
		if (Number(fromMin) > 59 || Number(toMin) > 59 || from >= to || to > DAY_MIN) return null;
		spans.push({ from, to });
	}
	return tidy(spans);
}

/** The week with one day replaced. */
export function withDay(spans: Spans, day: number, own: Spans): Spans {
	const base = day * DAY_MIN;
	const rest = paint(spans, base, base + DAY_MIN, false);
	return tidy([...rest, ...own.map(({ from, to }) => ({ from: base + from, to: base + to }))]);
}

export const hoursOf = (spans: Spans): number => minutesIn(spans, 0, DAYS * DAY_MIN) / HOUR_MIN;
