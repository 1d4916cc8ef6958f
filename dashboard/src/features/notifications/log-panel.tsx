/* The delivery log: what was sent, where, and what became of it. */
import { useState } from 'react';
import { ExternalLink } from 'lucide-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Guild, Notice } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { LOG_ROWS, useNoticeLog, type LogView } from './use-notices';
import { whyText } from './why';

const STATES = ['waiting', 'sent', 'failed', 'dropped'] as const;
const KINDS = ['reminder', 'escalation', 'storm', 'report', 'system', 'level_up', 'test'] as const;

function whatOf(t: TFunction, one: Notice): string {
	const kind = t(`notices_page.kinds.${one.kind}`);
	if (one.step === 0) return kind;
	return one.kind === 'reminder'
		? t('notices_page.log.nth', { kind, n: one.step })
		: t('notices_page.log.step', { kind, n: one.step });
}

function whereOf(t: TFunction, one: Notice): string {
	if (one.webhook) return one.webhook;
	return one.channel_name ? `#${one.channel_name}` : t('notices_page.reminder.gone');
}

function Result({ one, guild }: { one: Notice; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const why = one.why ? whyText(t, one.why) : '';
	const time = one.retry_at ? formats.time(Date.parse(one.retry_at), guild.timezone) : '';
	return (
		<>
			<span className={`ra-notices__state is-${one.state}`}>
				{t(`notices_page.states.${one.state}`)}
			</span>
			{why && (
				<span className="ra-notices__why">
					{time ? t('notices_page.log.retry', { why, time }) : why}
				</span>
			)}
			{one.tries > 1 && (
				<span className="ra-notices__why">
					{t('notices_page.log.tries', { count: one.tries })}
				</span>
			)}
		</>
	);
}

function Row({ one, guild }: { one: Notice; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<tr>
			<td>{formats.dateTime(Date.parse(one.created_at), guild.timezone)}</td>
			<td>{whatOf(t, one)}</td>
			<td>
				<bdi>{whereOf(t, one)}</bdi>
			</td>
			<td>
				<Result one={one} guild={guild} />
			</td>
			<td>
				{one.message_url && (
					<a
						href={one.message_url}
						target="_blank"
						rel="noreferrer"
						aria-label={t('notices_page.log.open')}
						title={t('notices_page.log.open')}
					>
						<ExternalLink size={16} aria-hidden="true" />
					</a>
				)}
			</td>
		</tr>
	);
}

interface FilterProps {
	view: LogView;
	onChange: (view: LogView) => void;
}

function Filters({ view, onChange }: FilterProps) {
	const { t } = useTranslation();
	return (
		<div className="ra-notices__filters">
			<select
				className="form-control"
				aria-label={t('notices_page.log.state')}
				value={view.state}
				onChange={(event) => onChange({ ...view, state: event.target.value, offset: 0 })}
			>
				<option value="">{t('notices_page.log.any_state')}</option>
				{STATES.map((state) => (
					<option key={state} value={state}>
						{t(`notices_page.states.${state}`)}
					</option>
				))}
			</select>
			<select
				className="form-control"
				aria-label={t('notices_page.log.kind')}
				value={view.kind}
				onChange={(event) => onChange({ ...view, kind: event.target.value, offset: 0 })}
			>
				<option value="">{t('notices_page.log.any_kind')}</option>
				{KINDS.map((kind) => (
					<option key={kind} value={kind}>
						{t(`notices_page.kinds.${kind}`)}
					</option>
				))}
			</select>
		</div>
	);
}

function Pages({ view, total, onChange }: FilterProps & { total: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (total <= LOG_ROWS) return null;
	const to = Math.min(total, view.offset + LOG_ROWS);
	const go = (offset: number) => onChange({ ...view, offset });
	return (
		<div className="ra-notices__pages">
			<button
				type="button"
				className="ra-button"
				disabled={view.offset === 0}
				onClick={() => go(Math.max(0, view.offset - LOG_ROWS))}
			>
				{t('notices_page.log.prev')}
			</button>
			<span>
				{t('notices_page.log.page', {
					from: formats.count(view.offset + 1),
					to: formats.count(to),
					total: formats.count(total),
				})}
			</span>
			<button
				type="button"
				className="ra-button"
				disabled={to >= total}
				onClick={() => go(view.offset + LOG_ROWS)}
			>
				{t('notices_page.log.next')}
			</button>
		</div>
	);
}

export function LogPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view, setView] = useState<LogView>({ state: '', kind: '', offset: 0 });
	const log = useNoticeLog(guild.id, view);
	const { data } = log;
	const title = t('notices_page.log.title');
	const isFiltered = view.state !== '' || view.kind !== '';
	return (
		<Panel
			id="notice-log"
			title={title}
			summary={t('notices_page.log.lead')}
			controls={<Filters view={view} onChange={setView} />}
		>
			{!data && !log.error && <Skeleton height={120} lines={4} />}
			{log.error && !data && (
				<ProblemNotice error={log.error} onRetry={() => void log.refetch()} />
			)}
			{data?.total === 0 && (
				<p className="ra-empty">
					{t(isFiltered ? 'notices_page.log.none_such' : 'notices_page.log.none')}
				</p>
			)}
			{data && data.total > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={title}>
					<table className="ra-table">
						<thead>
							<tr>
								<th scope="col">{t('notices_page.log.when')}</th>
								<th scope="col">{t('notices_page.log.what')}</th>
								<th scope="col">{t('notices_page.log.where')}</th>
								<th scope="col">{t('notices_page.log.result')}</th>
								<th scope="col">
									<span className="visually-hidden">
										{t('notices_page.log.open')}
									</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{data.rows.map((one) => (
								<Row key={one.id} one={one} guild={guild} />
							))}
						</tbody>
					</table>
				</div>
			)}
			{data && <Pages view={view} total={data.total} onChange={setView} />}
		</Panel>
	);
}
