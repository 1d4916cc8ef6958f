/* When rules fired, from crossing the bound to coming back. */
import { useTranslation } from 'react-i18next';
import type { AlertEpisode, Guild } from '@/api/types';
import { buildUrl } from '@/api/client';
import { useOut } from '@/api/use-out';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { amountOf } from './amount';

const PATH = '/api/v1/guilds/{guild_id}/alert-episodes';
const EVERY_MS = 30_000;

function Episode({ one, guild }: { one: AlertEpisode; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	const amount = (value: number | null) =>
		value === null ? '—' : amountOf(value, one.figure, formats);
	return (
		<tr>
			<td>
				<bdi>{one.name}</bdi>
				<br />
				<span className="ra-out__help">{t(`alerts.figure.${one.figure}`)}</span>
			</td>
			<td>{when(one.fired_at)}</td>
			<td>{one.cleared_at ? when(one.cleared_at) : t('alerts.episodes.lasting')}</td>
			<td className="is-number">{amount(one.value)}</td>
			<td className="is-number">{amount(one.extreme)}</td>
			<td className="is-number">{amount(one.expected)}</td>
		</tr>
	);
}

export function EpisodesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data, error, refetch } = useOut(PATH, guild.id, EVERY_MS);
	const label = t('alerts.episodes.title');
	const heads = ['rule', 'fired', 'cleared', 'value', 'extreme', 'expected'] as const;
	return (
		<Panel
			id="episodes"
			title={label}
			summary={
				data && data.total > 0
					? t('alerts.episodes.total', {
							count: data.total,
							n: formats.count(data.total),
						})
					: undefined
			}
			tools={
				data &&
				data.total > 0 && (
					<ExportMenu
						what={label}
						name="alerts"
						table={{ columns: [], rows: [] }}
						wholeUrl={buildUrl(PATH, { guild_id: guild.id })}
					/>
				)
			}
		>
			{!data && !error && <Skeleton height={80} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data?.total === 0 && (
				<div className="ra-empty is-small">
					<p>{t('alerts.episodes.none')}</p>
				</div>
			)}
			{data && data.total > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
					<table className="ra-table">
						<caption className="visually-hidden">{label}</caption>
						<thead>
							<tr>
								{heads.map((head, place) => (
									<th
										key={head}
										scope="col"
										className={place > 2 ? 'is-number' : undefined}
									>
										{t(`alerts.episodes.${head}`)}
									</th>
								))}
							</tr>
						</thead>
						<tbody>
							{data.rows.map((one) => (
								<Episode key={one.id} one={one} guild={guild} />
							))}
						</tbody>
					</table>
				</div>
			)}
		</Panel>
	);
}
