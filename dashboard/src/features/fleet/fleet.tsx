/*
 * All servers one may see, side by side: each asked for its own overview, so that the figures are those of
 * its page and the permission is checked for each.
 */
import { useState } from 'react';
import { useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { get } from '@/api/client';
import type { FigureKey, GuildCard, Overview } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { Avatar } from '@/components/avatar';
import { ChangeMark } from '@/components/change-mark';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { Sparkline } from '@/components/sparkline';
import { figureText } from '@/features/overview/figures/figures-data';
import { sortGuilds } from '@/features/guilds/sort-guilds';
import { useFormats } from '@/i18n/use-formats';
import { guildHref } from '@/lib/guild-pages';
import { useChoice } from '@/lib/use-choice';
import './fleet.scss';

const PERIODS = ['7d', '28d', '91d', '12mo'] as const;
const FIGURES: readonly FigureKey[] = [
	'messages',
	'active_members',
	'voice',
	'net_growth',
	'members',
];
const SHOWN = 50;

interface Row {
	guild: GuildCard;
	overview: Overview | undefined;
}

const figureOf = ({ overview }: Row, key: FigureKey) =>
	overview?.figures.find((figure) => figure.key === key);

function GuildRow({ row, sort }: { row: Row; sort: FigureKey }) {
	const formats = useFormats();
	const [search] = useSearchParams();
	const { guild, overview } = row;
	return (
		<tr>
			<th scope="row">
				<Link href={guildHref(guild.id, 'overview', search)} className="ra-fleet__name">
					<Avatar
						id={guild.id}
						name={guild.name}
						url={guild.icon_url}
						size={24}
						shape="squircle"
					/>
					<span>{guild.name}</span>
				</Link>
			</th>
			{FIGURES.map((key) => {
				const figure = figureOf(row, key);
				return (
					<td key={key} className="is-number">
						<strong>{figure ? figureText(key, figure.value, formats) : '…'}</strong>
						<ChangeMark
							value={figure?.value ?? null}
							previous={figure?.previous ?? null}
							figure={key}
						/>
					</td>
				);
			})}
			<td className="ra-fleet__spark">
				<Sparkline
					values={figureOf(row, sort)?.sparkline ?? []}
					isRunning={overview?.range.is_partial ?? false}
				/>
			</td>
		</tr>
	);
}

export function Fleet() {
	const { t } = useTranslation();
	const guilds = useGuilds();
	const [period, setPeriod] = useChoice('period', PERIODS, '28d');
	const [sort, setSort] = useState<FigureKey>('messages');
	const watched = sortGuilds(guilds.data ?? []).watched.slice(0, SHOWN);
	const answers = useQueries({
		queries: watched.map((guild) => ({
			queryKey: ['guild', guild.id, 'figures', 'fleet', period],
			queryFn: ({ signal }: { signal: AbortSignal }) =>
				get('/api/v1/guilds/{guild_id}/overview', {
					ids: { guild_id: guild.id },
					query: { period, compare: 'previous' as const },
					signal,
				}),
		})),
	});
	const rows = watched
		.map((guild, index): Row => ({ guild, overview: answers[index]?.data }))
		.toSorted((a, b) => (figureOf(b, sort)?.value ?? -1) - (figureOf(a, sort)?.value ?? -1));
	return (
		<MemberPage title={t('fleet.title')}>
			<header className="ra-page-head">
				<h1>{t('fleet.title')}</h1>
				<p>{t('fleet.lead')}</p>
			</header>
			<Segments
				label={t('fleet.period')}
				options={PERIODS.map((value) => ({ value, text: t(`period.${value}`) }))}
				value={period}
				onChoose={setPeriod}
			/>
			{guilds.isPending && <Skeleton height={48} lines={4} />}
			{guilds.error && (
				<ProblemNotice error={guilds.error} onRetry={() => void guilds.refetch()} />
			)}
			{rows.length > 0 && (
				<div className="ra-fleet" tabIndex={0} role="region" aria-label={t('fleet.title')}>
					<table>
						<thead>
							<tr>
								<th scope="col">{t('fleet.server')}</th>
								{FIGURES.map((key) => (
									<th
										key={key}
										scope="col"
										className="is-number"
										aria-sort={key === sort ? 'descending' : 'none'}
									>
										<button type="button" onClick={() => setSort(key)}>
											{t(`figure.${key}.name`)}
											{key === sort && ' ↓'}
										</button>
									</th>
								))}
								<th scope="col">
									{t('fleet.course', { figure: t(`figure.${sort}.name`) })}
								</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((row) => (
								<GuildRow key={row.guild.id} row={row} sort={sort} />
							))}
						</tbody>
					</table>
				</div>
			)}
		</MemberPage>
	);
}
