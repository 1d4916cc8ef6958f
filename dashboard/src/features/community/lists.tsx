/* The five lists: what their columns are. */
import { useTranslation } from 'react-i18next';
import type { Boosts, Commands, Events, Games, Guild, Invites, Moderation } from '@/api/types';
import {
	useBoosts,
	useCommands,
	useEvents,
	useGames,
	useInvites,
	useModeration,
	type CommandSort,
	type EventSort,
	type GameSort,
	type InviteSort,
} from '@/api/use-community';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { FactList, useListState, type FactColumn } from './fact-list';
import { nameOf, Who } from './who';

type RowOf<List extends { rows: unknown[] }> = List['rows'][number];

/* Everything a list needs: the range it is about, and how its columns write. */
function useBasics(guild: Guild) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const range = rangeQuery(view);
	const when = (at: string | null) =>
		at ? formats.dateTime(Date.parse(at), guild.timezone) : '—';
	return { t, formats, range, when, about: JSON.stringify(range) };
}

export function ModerationList({ guild }: { guild: Guild }) {
	const { t, range, when, about } = useBasics(guild);
	const state = useListState<'-at' | 'at'>('-at', about);
	const asked = useModeration(guild.id, range, state.query);
	const columns: FactColumn<RowOf<Moderation>>[] = [
		{
			key: 'member',
			title: t('community.column.member'),
			show: (row) => <Who person={row.member} />,
			cell: (row) => nameOf(row.member),
		},
		{
			key: 'kind',
			title: t('community.column.what'),
			show: (row) => (
				<>
					{t(`community.kind.${row.kind}`)}
					{row.until_at && <small> → {when(row.until_at)}</small>}
				</>
			),
			cell: (row) => t(`community.kind.${row.kind}`),
		},
		{
			key: 'at',
			title: t('community.column.when'),
			sort: 'at',
			isNumber: true,
			show: (row) => when(row.at),
			cell: (row) => row.at,
		},
	];
	return (
		<FactList
			name="moderation"
			guild={guild}
			asked={asked}
			state={state}
			columns={columns}
			summary={t('community.safety.hint')}
		/>
	);
}

export function BoostList({ guild }: { guild: Guild }) {
	const { t, range, when, about } = useBasics(guild);
	const state = useListState<'-at' | 'at'>('-at', about);
	const asked = useBoosts(guild.id, range, state.query);
	const columns: FactColumn<RowOf<Boosts>>[] = [
		{
			key: 'member',
			title: t('community.column.member'),
			show: (row) => <Who person={row.member} />,
			cell: (row) => nameOf(row.member),
		},
		{
			key: 'kind',
			title: t('community.column.what'),
			show: (row) => t(`community.kind.${row.kind}`),
			cell: (row) => t(`community.kind.${row.kind}`),
		},
		{
			key: 'at',
			title: t('community.column.when'),
			sort: 'at',
			isNumber: true,
			show: (row) => when(row.at),
			cell: (row) => row.at,
		},
	];
	return <FactList name="boosts" guild={guild} asked={asked} state={state} columns={columns} />;
}

export function CommandList({ guild }: { guild: Guild }) {
	const { t, formats, range, about } = useBasics(guild);
	const state = useListState<CommandSort>('-uses', about);
	const asked = useCommands(guild.id, range, state.query);
	const columns: FactColumn<RowOf<Commands>>[] = [
		{
			key: 'command',
			title: t('community.column.command'),
			sort: 'name',
			show: (row) => (
				<span dir="auto" className={row.name ? 'ra-facts__code' : 'ra-facts__unnamed'}>
					{row.name ? `/${row.name}` : t('community.no_name')}
				</span>
			),
			cell: (row) => row.name,
		},
		{
			key: 'bot',
			title: t('community.column.bot'),
			show: (row) =>
				row.is_ours ? (
					<em className="ra-tag">{t('community.ours')}</em>
				) : (
					<Who person={row.bot && { ...row.bot, has_left: false }} />
				),
			cell: (row) => nameOf(row.bot),
		},
		{
			key: 'members',
			title: t('community.column.members'),
			sort: 'members',
			isNumber: true,
			show: (row) => formats.count(row.members),
			cell: (row) => row.members,
		},
		{
			key: 'uses',
			title: t('community.column.uses'),
			sort: 'uses',
			isNumber: true,
			show: (row) => formats.count(row.uses),
			cell: (row) => row.uses,
		},
	];
	return <FactList name="commands" guild={guild} asked={asked} state={state} columns={columns} />;
}

export function EventList({ guild }: { guild: Guild }) {
	const { t, formats, range, when, about } = useBasics(guild);
	const state = useListState<EventSort>('-starts_at', about);
	const asked = useEvents(guild.id, range, state.query);
	const statusOf = (row: RowOf<Events>) =>
		t(`community.status.${row.is_deleted ? 'deleted' : row.status}`);
	const columns: FactColumn<RowOf<Events>>[] = [
		{
			key: 'event',
			title: t('community.column.event'),
			show: (row) => (
				<>
					<span dir="auto">{row.name}</span>
					<small>
						{row.channel
							? row.channel.name && `#${row.channel.name}`
							: t('community.elsewhere')}
					</small>
				</>
			),
			cell: (row) => row.name,
		},
		{
			key: 'status',
			title: t('community.column.status'),
			show: statusOf,
			cell: statusOf,
		},
		{
			key: 'starts_at',
			title: t('community.column.starts'),
			sort: 'starts_at',
			isNumber: true,
			show: (row) => when(row.starts_at),
			cell: (row) => row.starts_at,
		},
		{
			key: 'interested',
			title: t('community.column.interested'),
			sort: 'interested',
			isNumber: true,
			show: (row) => formats.count(row.interested),
			cell: (row) => row.interested,
		},
	];
	return <FactList name="events" guild={guild} asked={asked} state={state} columns={columns} />;
}

export function GameList({ guild }: { guild: Guild }) {
	const { t, formats, range, about } = useBasics(guild);
	const state = useListState<GameSort>('-players', about);
	const asked = useGames(guild.id, range, state.query);
	const columns: FactColumn<RowOf<Games>>[] = [
		{
			key: 'game',
			title: t('community.column.game'),
			sort: 'name',
			show: (row) => <span dir="auto">{row.name}</span>,
			cell: (row) => row.name,
		},
		{
			key: 'players',
			title: t('community.column.players'),
			sort: 'players',
			isNumber: true,
			show: (row) => formats.count(row.players),
			cell: (row) => row.players,
		},
		{
			key: 'hours',
			title: t('community.column.seen_hours'),
			sort: 'hours',
			isNumber: true,
			show: (row) => formats.count(row.hours),
			cell: (row) => row.hours,
		},
	];
	const { data } = asked;
	const word = data && !data.is_wanted ? 'games_off' : 'games_hint';
	return (
		<FactList
			name="games"
			guild={guild}
			asked={asked}
			state={state}
			columns={columns}
			summary={t(`community.${data?.is_wanted && !data.is_told ? 'games_untold' : word}`)}
		/>
	);
}

export function InviteList({ guild }: { guild: Guild }) {
	const { t, formats, range, when, about } = useBasics(guild);
	const state = useListState<InviteSort>('-joins', about);
	const asked = useInvites(guild.id, range, state.query);
	const columns: FactColumn<RowOf<Invites>>[] = [
		{
			key: 'code',
			title: t('community.column.code'),
			show: (row) => (
				<>
					<span className="ra-facts__code">{row.code}</span>
					{row.is_vanity && <em className="ra-tag">{t('community.vanity')}</em>}
					{!row.is_valid && <em className="ra-tag">{t('community.ended_invite')}</em>}
				</>
			),
			cell: (row) => row.code,
		},
		{
			key: 'inviter',
			title: t('community.column.inviter'),
			show: (row) => <Who person={row.inviter} />,
			cell: (row) => nameOf(row.inviter),
		},
		{
			key: 'created_at',
			title: t('community.column.created'),
			sort: 'created_at',
			isNumber: true,
			show: (row) => when(row.created_at),
			cell: (row) => row.created_at,
		},
		{
			key: 'uses',
			title: t('community.column.total_uses'),
			sort: 'uses',
			isNumber: true,
			show: (row) =>
				row.max_uses
					? `${formats.count(row.uses)} / ${formats.count(row.max_uses)}`
					: formats.count(row.uses),
			cell: (row) => row.uses,
		},
		{
			key: 'joins',
			title: t('community.column.joins'),
			sort: 'joins',
			isNumber: true,
			show: (row) => formats.count(row.joins),
			cell: (row) => row.joins,
		},
		{
			key: 'stayed',
			title: t('community.column.stayed'),
			isNumber: true,
			show: (row) => formats.count(row.stayed),
			cell: (row) => row.stayed,
		},
	];
	const { data } = asked;
	const summary =
		data && !data.can_see_invites ? (
			<span className="ra-facts__warning">{t('community.invites_hidden')}</span>
		) : (
			data &&
			data.joins > 0 &&
			t('community.invites_summary', {
				known: formats.count(data.joins - data.unknown),
				joins: formats.count(data.joins),
				share: formats.share(data.unknown / data.joins),
			})
		);
	return (
		<FactList
			name="invites"
			guild={guild}
			asked={asked}
			state={state}
			columns={columns}
			summary={summary}
			className="is-full"
		/>
	);
}
