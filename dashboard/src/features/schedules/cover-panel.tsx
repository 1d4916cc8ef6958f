/* The coverage planner: when people ask and whether anybody is there; the bare hours beside it as a list. */
import { useTranslation } from 'react-i18next';
import type { Cover, Guild } from '@/api/types';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { WeekHeat } from '@/components/week-heat';
import { waitText } from '@/features/requests/wait';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useChoice } from '@/lib/use-choice';
import { useCover } from './use-schedule';

const MEASURES = ['cells', 'active', 'on_shift', 'p90_ms'] as const;
type Measure = (typeof MEASURES)[number];
const PERIODS = ['28d', '91d'] as const;
const SHOWN = 12;

interface Slot {
	day: number;
	hour: number;
	requests: number;
	active: number;
	onShift: number;
	p90: number | null;
	isBare: boolean;
}

function slotsOf(cover: Cover): Slot[] {
	return cover.cells.flatMap((row, day) =>
		row.map((requests, hour) => ({
			day,
			hour,
			requests,
			active: cover.active[day]?.[hour] ?? 0,
			onShift: cover.on_shift[day]?.[hour] ?? 0,
			p90: cover.p90_ms[day]?.[hour] ?? null,
			isBare: cover.is_bare[day]?.[hour] ?? false,
		})),
	);
}

function useWhen() {
	const { t } = useTranslation();
	const formats = useFormats();
	return ({ day, hour }: Pick<Slot, 'day' | 'hour'>) =>
		t('heatmap.when', { weekday: formats.weekday(day, 'long'), hour, next: (hour + 1) % 24 });
}

function Grid({ cover, measure }: { cover: Cover; measure: Measure }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = useWhen();
	const grid: (number | null)[][] = cover[measure];
	const top = Math.max(measure === 'p90_ms' ? 1 : 0.01, ...grid.flat().map((n) => n ?? 0));
	const text = (value: number | null) =>
		value === null
			? '—'
			: measure === 'p90_ms'
				? waitText(value, formats)
				: measure === 'cells'
					? formats.count(value)
					: formats.mean(value);
	return (
		<WeekHeat
			isRegion
			caption={t(`schedules.cover.${measure}`)}
			cell={(day, hour) => {
				const value = grid[day]?.[hour] ?? null;
				const isBare = cover.is_bare[day]?.[hour] ?? false;
				const said = text(value) + (isBare ? ` · ${t('schedules.cover.bare')}` : '');
				return {
					level: ((value ?? 0) / top) ** 0.7,
					text: said,
					title: `${when({ day, hour })}: ${said}`,
					isOut: value === null,
					isMarked: isBare,
				};
			}}
		>
			<p className="ra-schedule__key">
				<i aria-hidden="true" /> {t('schedules.cover.bare_key')}
			</p>
		</WeekHeat>
	);
}

function BareHours({ slots }: { slots: Slot[] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = useWhen();
	const worst = slots
		.filter((slot) => slot.requests > 0)
		.toSorted(
			(a, b) =>
				Number(b.isBare) - Number(a.isBare) ||
				b.requests / (b.active + b.onShift + 0.1) -
					a.requests / (a.active + a.onShift + 0.1),
		)
		.slice(0, SHOWN);
	return (
		<div
			className="ra-list__scroll"
			tabIndex={0}
			role="region"
			aria-label={t('schedules.cover.worst')}
		>
			<table className="ra-list">
				<caption className="visually-hidden">{t('schedules.cover.worst')}</caption>
				<thead>
					<tr>
						<th scope="col">{t('schedules.cover.worst')}</th>
						<th scope="col" className="is-number">
							{t('schedules.cover.cells')}
						</th>
						<th scope="col" className="is-number">
							{t('schedules.cover.active')}
						</th>
						<th scope="col" className="is-number">
							{t('schedules.cover.on_shift')}
						</th>
						<th scope="col" className="is-number">
							{t('schedules.cover.p90_ms')}
						</th>
					</tr>
				</thead>
				<tbody>
					{worst.map((slot) => (
						<tr key={`${slot.day} ${slot.hour}`}>
							<th scope="row">
								{when(slot)}
								{slot.isBare && (
									<em className="ra-tag">{t('schedules.cover.bare')}</em>
								)}
							</th>
							<td className="is-number">{formats.count(slot.requests)}</td>
							<td className="is-number">{formats.mean(slot.active)}</td>
							<td className="is-number">{formats.mean(slot.onShift)}</td>
							<td className="is-number">
								{slot.p90 === null ? '—' : waitText(slot.p90, formats)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function CoverPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [measure, setMeasure] = useChoice('cover', MEASURES, 'cells');
	const [period, setPeriod] = useChoice('cover_period', PERIODS, '28d');
	const query = useCover(guild.id, period);
	const cover = query.data;
	const slots = cover && slotsOf(cover);
	const bare = slots?.filter((slot) => slot.isBare) ?? [];
	return (
		<Panel
			id="cover"
			title={t('schedules.cover.title')}
			className="is-full"
			isStale={query.isPlaceholderData}
			summary={
				slots &&
				t('schedules.cover.summary', { count: bare.length, n: formats.count(bare.length) })
			}
			controls={
				<>
					<Segments
						label={t('schedules.cover.measure')}
						options={MEASURES.map((value) => ({
							value,
							text: t(`schedules.cover.${value}`),
						}))}
						value={measure}
						onChoose={setMeasure}
					/>
					<Segments
						label={t('schedules.cover.period')}
						options={PERIODS.map((value) => ({
							value,
							text: t(`schedules.cover.period_${value}`),
						}))}
						value={period}
						onChoose={setPeriod}
					/>
				</>
			}
			tools={
				cover &&
				slots && (
					<ExportMenu
						what={t('schedules.cover.title')}
						name={exportName(guild, 'coverage', cover.range)}
						table={{
							columns: [
								{ key: 'weekday', title: t('heatmap.weekday') },
								{ key: 'hour', title: t('schedules.cover.hour'), isNumber: true },
								{
									key: 'requests',
									title: t('schedules.cover.cells'),
									isNumber: true,
								},
								{
									key: 'active',
									title: t('schedules.cover.active'),
									isNumber: true,
								},
								{
									key: 'on_shift',
									title: t('schedules.cover.on_shift'),
									isNumber: true,
								},
								{
									key: 'p90_ms',
									title: t('schedules.cover.p90_ms'),
									isNumber: true,
								},
							],
							rows: slots.map((slot) => [
								formats.weekday(slot.day, 'long'),
								slot.hour,
								slot.requests,
								slot.active,
								slot.onShift,
								slot.p90,
							]),
						}}
					/>
				)
			}
		>
			{!cover && !query.error && <Skeleton height={240} />}
			{query.error && !cover && (
				<ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
			)}
			{cover && slots && (
				<div className="ra-schedule__cover">
					<Grid cover={cover} measure={measure} />
					<BareHours slots={slots} />
				</div>
			)}
		</Panel>
	);
}
