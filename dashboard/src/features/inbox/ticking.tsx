/* The words that change by the second: how long somebody waits, how long there is left. */
import { useTranslation } from 'react-i18next';
import type { DeskRequest } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { useAge } from '@/features/system/use-age';
import { useSecond } from '@/lib/use-second';

interface TickingProps {
	row: DeskRequest;
	/** the server's clock, of ours */
	aheadMs: number;
}

export function Waiting({ row, aheadMs }: TickingProps) {
	const { t } = useTranslation();
	const age = useAge();
	const formats = useFormats();
	const sinceMs = Date.parse(row.clock_at);
	const ms = Math.max(0, useSecond() + aheadMs - sinceMs);
	return (
		<time
			dateTime={row.clock_at}
			title={t('inbox.since', { time: formats.clock(sinceMs) })}
			className="ra-request__age"
		>
			{age(ms)}
		</time>
	);
}

function seconds(ms: number): string {
	const all = Math.floor(ms / 1000);
	return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`;
}

const HOUR_MS = 3_600_000;

export function Countdown({ row, aheadMs }: TickingProps) {
	const { t } = useTranslation();
	const age = useAge();
	const nowMs = useSecond() + aheadMs;
	if (row.snoozed_until && Date.parse(row.snoozed_until) > nowMs)
		return (
			<span className="ra-request__due is-snoozed">
				{t('inbox.snoozed_for', { time: age(Date.parse(row.snoozed_until) - nowMs) })}
			</span>
		);
	if (row.state !== 'open') return <span className="ra-request__due">{t('inbox.answered')}</span>;
	if (!row.target?.due_at)
		return <span className="ra-request__due is-none">{t('inbox.no_target')}</span>;
	const leftMs = Date.parse(row.target.due_at) - nowMs;
	const isRisky = row.target.risk_at !== null && Date.parse(row.target.risk_at) <= nowMs;
	const text = (ms: number) => (ms < HOUR_MS ? seconds(ms) : age(ms));
	const mood = leftMs <= 0 ? 'is-overdue' : isRisky ? 'is-risky' : 'is-fine';
	return (
		<span className={`ra-request__due ${mood}`}>
			{leftMs <= 0
				? t('inbox.over_by', { time: text(-leftMs) })
				: t('inbox.left', { time: text(leftMs) })}
		</span>
	);
}
