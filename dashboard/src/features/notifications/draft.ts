/* What is being edited, and what is wrong with it. */
import type { EscalationStep, NotificationSettings } from '@/api/types';
import { isZone } from '@/lib/zone';

export type Mistake =
	'channel' | 'delay' | 'repeat' | 'days' | 'quiet' | 'zone' | 'wait' | 'target' | 'report';

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
export const STEPS_MAX = 10;

export const needsTarget = (step: EscalationStep) =>
	step.kind === 'role' || step.kind === 'channel' || step.kind === 'webhook';

/** Of each step of the chain; null: nothing is wrong. */
export function stepMistake(step: EscalationStep): Mistake | null {
	if (!(step.wait_s >= 60 && step.wait_s <= WEEK_S)) return 'wait';
	return needsTarget(step) && !step.target_id ? 'target' : null;
}

export function mistakesOf(draft: NotificationSettings): Set<Mistake> {
	const found = new Set<Mistake>();
	const { delay_s, repeat_s, quiet_from, quiet_to } = draft;
	if (draft.is_enabled && !draft.channel_id) found.add('channel');
	if (!(delay_s >= 30 && delay_s <= DAY_S)) found.add('delay');
	if (repeat_s !== 0 && !(repeat_s >= 60 && repeat_s <= DAY_S)) found.add('repeat');
	if (draft.weekdays === 0) found.add('days');
	if (quiet_from !== null && quiet_from === quiet_to) found.add('quiet');
	if (draft.zone !== '' && !isZone(draft.zone)) found.add('zone');
	if (draft.report_minute !== null && !draft.report_channel_id && !draft.channel_id)
		found.add('report');
	for (const step of draft.escalation) {
		const mistake = stepMistake(step);
		if (mistake) found.add(mistake);
	}
	return found;
}

/** `21:05` of a minute of the day, as `<input type="time">` has it. */
export function clockOf(minute: number): string {
	const two = (value: number) => String(value).padStart(2, '0');
	return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

export function minuteOf(clock: string): number | null {
	const found = /^(\d\d):(\d\d)/.exec(clock);
	return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** Seconds from a request to each step, when nothing is held. */
export function stepTimes(draft: NotificationSettings): number[] {
	let at = draft.delay_s;
	return draft.escalation.map((step) => (at += step.wait_s));
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
	const rest = list.filter((_, index) => index !== from);
	const one = list[from];
	return one === undefined ? rest : [...rest.slice(0, to), one, ...rest.slice(to)];
}
