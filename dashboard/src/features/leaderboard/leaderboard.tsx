/* Who of the staff did how much, over any range and any of my servers. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { buildUrl, type Query } from '@/api/client';
import type { Leaderboard as Board, StaffGuild } from '@/api/types';
import { useLeaderboard } from '@/api/use-curators';
import { useMe } from '@/api/use-me';
import { ExportMenu } from '@/components/export-menu';
import { ExplainButton } from '@/components/explain/explain-button';
import { ListTable } from '@/components/list/list-table';
import { Pager } from '@/components/list/pager';
import { SearchField } from '@/components/list/search-field';
import { listQuery, useListState } from '@/components/list/use-list-state';
import { MemberPage } from '@/components/member-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { LevelBars } from '@/features/curators/level-bars';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { boardColumns } from './board-columns';
import '@/components/guild/guild.scss';
import '@/features/curators/curators.scss';

const PERIODS = ['7d', '30d', 'month', 'last_month', '91d', 'all', 'custom'] as const;
const BY = ['request', 'answer'] as const;
const YES = ['', 'true'] as const;

interface GuildsProps {
	guilds: readonly StaffGuild[];
	onChange: (ids: string[]) => void;
}

function Guilds({ guilds, onChange }: GuildsProps) {
	const { t } = useTranslation();
	if (guilds.length < 2) return null;
	const chosen = guilds.filter((guild) => guild.is_chosen).map((guild) => guild.id);
	return (
		<fieldset className="ra-board__guilds">
			<legend>{t('curators.leaderboard.guilds')}</legend>
			{guilds.map((guild) => (
				<label key={guild.id}>
					<input
						type="checkbox"
						className="form-check-input"
						checked={guild.is_chosen}
						onChange={(event) =>
							onChange(
								event.target.checked
									? [...chosen, guild.id]
									: chosen.filter((id) => id !== guild.id),
							)
						}
					/>
					<bdi>{guild.name}</bdi>
				</label>
			))}
		</fieldset>
	);
}

function Dates() {
	const { t } = useTranslation();
	const [search, setSearch] = useSearchParams();
	const field = (name: 'from' | 'to') => (
		<input
			type="date"
			className="form-control"
			aria-label={t(name === 'from' ? 'period.first_day' : 'period.last_day')}
			value={search.get(name) ?? ''}
			onChange={(event) =>
				setSearch((now) => {
					const next = new URLSearchParams(now);
					next.set(name, event.target.value);
					return next;
				})
			}
		/>
	);
	return (
		<>
			{field('from')}
			{field('to')}
		</>
	);
}

function useBoardQuery() {
	const [search] = useSearchParams();
	const [period, setPeriod] = useChoice('period', PERIODS, '30d');
	const [by, setBy] = useChoice('by', BY, 'request');
	const [former, setFormer] = useChoice('former', YES, '');
	const [state, setState] = useListState('-score');
	const from = search.get('from') ?? '';
	const to = search.get('to') ?? '';
	const isWhole = period !== 'custom' || (from !== '' && to !== '' && from <= to);
	const query = {
		guilds: search.get('guilds') || undefined,
		...(period === 'custom' && isWhole
			? { period, from, to }
			: { period: isWhole ? period : ('30d' as const) }),
		by,
		former: former === 'true' || undefined,
		kind: search.get('kind') || undefined,
		...listQuery(state),
	} as NonNullable<Query<'/api/v1/leaderboard'>>;
	return { query, period, setPeriod, by, setBy, former, setFormer, state, setState, isWhole };
}

function Content({ board, view }: { board: Board; view: ReturnType<typeof useBoardQuery> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { query, state, setState } = view;
	const [search] = useSearchParams();
	const myId = useMe().data?.id;
	const columns = useMemo(
		() => boardColumns({ board, t, formats, search, myId }),
		[board, t, formats, search, myId],
	);
	const title = t('curators.leaderboard.board');
	if (!board.range)
		return (
			<div className="ra-empty">
				<p>
					{t(
						board.guilds.length
							? 'curators.leaderboard.choose'
							: 'curators.leaderboard.no_guilds',
					)}
				</p>
			</div>
		);
	return (
		<div className="ra-grid">
			<Panel
				id="board"
				className="is-full"
				title={title}
				summary={[
					formats.range(board.range),
					t('curators.of', { count: board.total, n: formats.count(board.total) }),
					t(`curators.leaderboard.by_${query.by ?? 'request'}`),
				].join(' · ')}
				tools={
					<>
						<ExplainButton
							explanation={{
								name: t('curators.one.score.name'),
								definition: t('curators.leaderboard.definition'),
								range: board.range,
							}}
						/>
						<ExportMenu
							what={title}
							table={{ columns: [], rows: [] }}
							name="leaderboard"
							wholeUrl={buildUrl(
								'/api/v1/leaderboard',
								{},
								{ ...query, limit: undefined, offset: undefined },
							)}
						/>
					</>
				}
			>
				{board.rows.length === 0 ? (
					<div className="ra-empty is-small">
						<p>{t(state.q ? 'lists.not_found' : 'curators.leaderboard.empty')}</p>
					</div>
				) : (
					<ListTable
						caption={title}
						columns={columns}
						rows={board.rows}
						keyOf={(row) => row.id}
						sort={state.sort}
						onSort={(sort) => setState({ sort })}
					/>
				)}
				<Pager
					page={state.page}
					total={board.total}
					onPage={(page) => setState({ page })}
				/>
			</Panel>
			<Panel
				id="levels"
				className="is-half"
				title={t('curators.levels.title')}
				summary={t('curators.levels.help')}
			>
				<LevelBars levels={board.levels} />
			</Panel>
		</div>
	);
}

export function Leaderboard() {
	const { t } = useTranslation();
	const [, setSearch] = useSearchParams();
	const view = useBoardQuery();
	const { data, error, refetch } = useLeaderboard(view.query);
	const chooseGuilds = (ids: string[]) =>
		setSearch((now) => {
			const next = new URLSearchParams(now);
			if (ids.length) next.set('guilds', ids.join());
			else next.delete('guilds');
			next.delete('page');
			return next;
		});
	return (
		<MemberPage title={t('curators.leaderboard.title')}>
			<header className="ra-page-head">
				<h1>{t('curators.leaderboard.title')}</h1>
				<p>{t('curators.leaderboard.lead')}</p>
			</header>
			{data && <Guilds guilds={data.guilds} onChange={chooseGuilds} />}
			<div className="ra-board__tools">
				<Segments
					label={t('curators.leaderboard.period')}
					options={PERIODS.map((value) => ({ value, text: t(`period.${value}`) }))}
					value={view.period}
					onChoose={view.setPeriod}
				/>
				{view.period === 'custom' && <Dates />}
				<Segments
					label={t('curators.by.label')}
					options={BY.map((value) => ({ value, text: t(`curators.by.${value}`) }))}
					value={view.by}
					onChoose={view.setBy}
				/>
				<SearchField
					label={t('curators.find')}
					value={view.state.q}
					onSearch={(q) => view.setState({ q })}
				/>
				<label className="is-check">
					<input
						type="checkbox"
						className="form-check-input"
						checked={view.former === 'true'}
						onChange={(event) => view.setFormer(event.target.checked ? 'true' : '')}
					/>
					{t('curators.leaderboard.former')}
				</label>
			</div>
			{!data && !error && <Skeleton height={28} lines={8} />}
			{error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			<div className="ra-board">{data && <Content board={data} view={view} />}</div>
		</MemberPage>
	);
}
