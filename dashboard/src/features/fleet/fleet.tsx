/*
 * All servers one may see, in a table, and up to five of them in one chart: each asked for its own figures,
 * so that they are those of its page and the permission is checked for each.
 */
import { useMemo } from 'react';
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
import { CHOSEN_MAX, chosenOf, MEASURES, toggled, type FleetMeasure } from './course-data';
import { CoursePanel } from './course-panel';
import './fleet.scss';

const PERIODS = ['7d', '28d', '91d', '12mo'] as const;

const SHOWN = 50;

interface Row {
	guild: GuildCard;
	overview: Overview | undefined;
}

const figureOf = ({ overview }: Row, key: FigureKey) =>
	overview?.figures.find((figure) => figure.key === key);

interface GuildRowProps {
	row: Row;
	measure: FleetMeasure;
	isChosen: boolean;
	/** enough are chosen already */
	isFull: boolean;
	onToggle: () => void;
}

function GuildRow({ row, measure, isChosen, isFull, onToggle }: GuildRowProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [search] = useSearchParams();
	const { guild, overview } = row;
	return (
		<tr>
			<td className="ra-fleet__choice">
				<input
					type="checkbox"
					className="form-check-input"
					aria-label={t('fleet.draw', { name: guild.name })}
					checked={isChosen}
					disabled={isFull && !isChosen}
					onChange={onToggle}
				/>
			</td>
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
			{MEASURES.map((key) => {
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
					values={figureOf(row, measure)?.sparkline ?? []}
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
	const [measure, setMeasure] = useChoice('measure', MEASURES, 'messages');
	const [search, setSearch] = useSearchParams();
	const asked = search.get('guilds');
	const watched = useMemo(
		() =>
			sortGuilds(guilds.data ?? [])
				.watched.filter((guild) => guild.can_see_figures)
				.slice(0, SHOWN),
		[guilds.data],
	);
	const chosen = useMemo(() => chosenOf(asked, watched), [asked, watched]);
	const ids = chosen.map((guild) => guild.id);
	const toggle = (id: string) =>
		setSearch((now) => {
			const next = new URLSearchParams(now);
			next.set('guilds', toggled(ids, id).join());
			return next;
		});
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
		.toSorted(
			(a, b) => (figureOf(b, measure)?.value ?? -1) - (figureOf(a, measure)?.value ?? -1),
		);
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
			{watched.length > 0 && (
				<CoursePanel
					guilds={chosen}
					period={period}
					measure={measure}
					onMeasure={setMeasure}
				/>
			)}
			{rows.length > 0 && (
				<div className="ra-fleet" tabIndex={0} role="region" aria-label={t('fleet.title')}>
					<table>
						<thead>
							<tr>
								<th scope="col">
									<span className="visually-hidden">
										{t('fleet.choose', { n: CHOSEN_MAX })}
									</span>
								</th>
								<th scope="col">{t('fleet.server')}</th>
								{MEASURES.map((key) => (
									<th
										key={key}
										scope="col"
										className="is-number"
										aria-sort={key === measure ? 'descending' : 'none'}
									>
										<button type="button" onClick={() => setMeasure(key)}>
											{t(`figure.${key}.name`)}
											{key === measure && ' ↓'}
										</button>
									</th>
								))}
								<th scope="col">
									{t('fleet.course', { figure: t(`figure.${measure}.name`) })}
								</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((row) => (
								<GuildRow
									key={row.guild.id}
									row={row}
									measure={measure}
									isChosen={ids.includes(row.guild.id)}
									isFull={ids.length >= CHOSEN_MAX}
									onToggle={() => toggle(row.guild.id)}
								/>
							))}
						</tbody>
					</table>
				</div>
			)}
		</MemberPage>
	);
}
