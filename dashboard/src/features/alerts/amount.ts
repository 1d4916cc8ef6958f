/* Figures of alerts: which there are, how people write them. */
import type { AlertRule } from '@/api/types';
import type { Formats } from '@/lib/format';

export type AlertFigure = AlertRule['figure'];

export const ALERT_FIGURES: readonly AlertFigure[] = [
	'messages',
	'bot_messages',
	'replies',
	'attachments',
	'edits',
	'deletions',
	'reactions',
	'active_members',
	'joins',
	'leaves',
	'net_growth',
	'members',
	'voice_raw_ms',
	'voice_present_ms',
	'voice_engaged_ms',
	'voice_talking_ms',
];
export const WINDOWS = [1, 6, 24, 168] as const;
const HOUR_MS = 3_600_000;

export const isTime = (figure: AlertFigure) => figure.endsWith('_ms');
/** A state has a value now, not one over hours. */
export const isState = (figure: AlertFigure) => figure === 'members';

export const amountOf = (value: number, figure: AlertFigure, formats: Formats) =>
	isTime(figure) ? formats.duration(value) : formats.mean(value);

/** What somebody typed, as the api wants it. */
export const thresholdOf = (typed: number, figure: AlertFigure) =>
	isTime(figure) ? typed * HOUR_MS : typed;

/** The other way round. */
export const typedOf = (threshold: number, figure: AlertFigure) =>
	isTime(figure) ? threshold / HOUR_MS : threshold;
