/* How long people wait, in a table and as a course of shares; who answered. */
import { useTranslation } from 'react-i18next';
import type { Guild, RequestFigures } from '@/api/types';
import { ExportMenu } from '@/components/export-menu';
import { ExplainButton } from '@/components/explain/explain-button';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { waitText } from './wait';

interface PartProps {
	guild: Guild;
	answer: RequestFigures;
}

const PERCENTILES = ['p50', 'p75', 'p90', 'p95'] as const;
const PLAIN = ['mean', 'median', 'fastest', 'slowest'] as const;

/** Calendar beside business time; the plain averages last, and by their name. */
export function WaitsPanel({ answer }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { figures, desk, reopenings } = answer;
	const none = t(figures.is_hidden ? 'requests.hidden' : 'requests.not_reached');
	const text = (ms: number | null, otherwise = none) =>
		ms === null ? otherwise : waitText(ms, formats);
	return (
		<Panel
			id="waits"
			title={t('requests.waits.title')}
			summary={t('requests.waits.summary', {
				n: formats.count(figures.n),
				answered: formats.count(figures.answered),
				open: formats.count(figures.n - figures.answered),
			})}
			className="is-half"
			tools={
				<ExplainButton
					explanation={{
						name: t('requests.waits.title'),
						definition: t('requests.waits.definition'),
						range: answer.range,
					}}
				/>
			}
		>
			<table className="ra-list">
				<caption className="visually-hidden">{t('requests.waits.title')}</caption>
				<thead>
					<tr>
						<th scope="col">{t('requests.waits.share')}</th>
						<th scope="col" className="is-number">
							{t('requests.waits.calendar')}
						</th>
						<th scope="col" className="is-number">
							{t('requests.waits.business')}
						</th>
					</tr>
				</thead>
				<tbody>
					{PERCENTILES.map((key) => (
						<tr key={key}>
							<th scope="row">{t(`requests.waits.${key}`)}</th>
							<td className="is-number">{text(figures.calendar[`${key}_ms`])}</td>
							<td className="is-number">
								{desk.has_schedule ? text(figures.business[`${key}_ms`]) : '—'}
							</td>
						</tr>
					))}
				</tbody>
			</table>
			{!desk.has_schedule && (
				<p className="ra-requests__note">{t('requests.waits.no_schedule')}</p>
			)}
			<h3 className="ra-requests__part">{t('requests.waits.plain')}</h3>
			<dl className="ra-requests__plain">
				{PLAIN.map((key) => (
					<div key={key}>
						<dt>{t(`requests.waits.${key}`)}</dt>
						<dd>{text(figures.plain[`${key}_ms`], '—')}</dd>
					</div>
				))}
			</dl>
			<p className="ra-requests__note">{t('requests.waits.plain_note')}</p>
			{reopenings.n > 0 && (
				<p className="ra-requests__note">
					{t('requests.waits.reopened', {
						count: reopenings.n,
						n: formats.count(reopenings.n),
						wait: text(reopenings.p50_ms, t('requests.hidden')),
					})}
				</p>
			)}
		</Panel>
	);
}

/** How many were answered within what: bars, and the shares by the estimator as their table. */
export function DistributionPanel({ guild, answer }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { histogram, curve, figures } = answer;
	const bounds = histogram.bins.map(({ upto_ms: upto }, index) => {
		const from = histogram.bins[index - 1]?.upto_ms ?? 0;
		return upto === null
			? t('requests.distribution.beyond', { wait: waitText(from, formats) })
			: t('requests.distribution.upto', { wait: waitText(upto, formats) });
	});
	const counts = [...histogram.bins.map(({ count }) => count), histogram.without_answer];
	const labels = [...bounds, t('requests.distribution.none')];
	const top = Math.max(...counts, 1);
	const shareOf = (index: number) => curve[index]?.share;
	return (
		<Panel
			id="distribution"
			title={t('requests.distribution.title')}
			summary={t('requests.distribution.summary')}
			className="is-half"
			tools={
				<ExportMenu
					what={t('requests.distribution.title')}
					name={exportName(guild, 'request-waits', answer.range)}
					table={{
						columns: [
							{ key: 'within', title: t('requests.distribution.within') },
							{ key: 'requests', title: t('requests.figure.n'), isNumber: true },
							{
								key: 'share',
								title: t('requests.distribution.share'),
								isNumber: true,
							},
						],
						rows: labels.map((label, index) => [
							label,
							counts[index] ?? 0,
							shareOf(index) ?? null,
						]),
					}}
				/>
			}
		>
			<table className="ra-spread">
				<caption className="visually-hidden">{t('requests.distribution.title')}</caption>
				<thead>
					<tr>
						<th scope="col">{t('requests.distribution.within')}</th>
						<th scope="col">{t('requests.figure.n')}</th>
						<th scope="col" className="is-number">
							{t('requests.distribution.share')}
						</th>
					</tr>
				</thead>
				<tbody>
					{labels.map((label, index) => (
						<tr
							key={label}
							className={index === labels.length - 1 ? 'is-none' : undefined}
						>
							<th scope="row">{label}</th>
							<td>
								<i style={{ '--ra-share': (counts[index] ?? 0) / top }} />
								<span>{formats.count(counts[index] ?? 0)}</span>
							</td>
							<td className="is-number">
								{shareOf(index) === undefined || figures.is_hidden
									? '—'
									: formats.share(shareOf(index) ?? 0)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Panel>
	);
}

interface Part {
	key:
		| 'staff'
		| 'community'
		| 'nobody'
		| 'good'
		| 'average'
		| 'poor'
		| 'none'
		| 'met'
		| 'pending'
		| 'missed';
	count: number;
	tone: string;
}

function Shares({ title, parts }: { title: string; parts: Part[] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const whole = parts.reduce((sum, part) => sum + part.count, 0);
	return (
		<>
			<h3 className="ra-requests__part">{title}</h3>
			<div className="ra-shares" aria-hidden="true">
				{parts.map(
					(part) =>
						part.count > 0 && (
							<i
								key={part.key}
								className={`is-${part.tone}`}
								style={{ '--ra-share': part.count / whole }}
							/>
						),
				)}
			</div>
			<ul className="ra-shares__legend">
				{parts.map((part) => (
					<li key={part.key}>
						<i className={`is-${part.tone}`} aria-hidden="true" />
						{t(`requests.part.${part.key}`)}
						<strong>
							{formats.count(part.count)}
							{whole > 0 && ` · ${formats.share(part.count / whole)}`}
						</strong>
					</li>
				))}
			</ul>
		</>
	);
}

export function WhoPanel({ answer }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { who, bands, target, closed, cancelled, n, answered } = {
		cancelled: 0,
		...answer.figures,
	};
	return (
		<Panel
			id="who"
			title={t('requests.who.title')}
			summary={t('requests.who.summary', {
				count: who.community_first,
				n: formats.count(who.community_first),
			})}
			className="is-full"
		>
			<div className="ra-requests__shares">
				<div>
					<Shares
						title={t('requests.who.first')}
						parts={[
							{ key: 'staff', count: who.staff, tone: 'good' },
							{ key: 'community', count: who.community, tone: 'middle' },
							{ key: 'nobody', count: who.nobody, tone: 'bad' },
						]}
					/>
				</div>
				<div>
					<Shares
						title={t('requests.who.bands', {
							good: waitText(answer.desk.good_s * 1000, formats),
							poor: waitText(answer.desk.poor_s * 1000, formats),
						})}
						parts={[
							{ key: 'good', count: bands.good, tone: 'good' },
							{ key: 'average', count: bands.average, tone: 'middle' },
							{ key: 'poor', count: bands.poor, tone: 'bad' },
							{ key: 'none', count: n - answered, tone: 'none' },
						]}
					/>
				</div>
				<div>
					<Shares
						title={t('requests.who.targets')}
						parts={[
							{ key: 'met', count: target.met, tone: 'good' },
							{ key: 'pending', count: target.pending, tone: 'middle' },
							{ key: 'missed', count: target.missed, tone: 'bad' },
						]}
					/>
				</div>
			</div>
			<p className="ra-requests__note">
				{t('requests.who.cancelled', { count: cancelled, n: formats.count(cancelled) })}{' '}
				{closed > 0 &&
					t('requests.who.closed', { count: closed, n: formats.count(closed) })}
			</p>
		</Panel>
	);
}
