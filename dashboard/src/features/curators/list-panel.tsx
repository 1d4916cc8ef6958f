/* Everybody on the staff, by role and by hand. */
import { useState } from 'react';
import { Pencil, UserRoundPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { buildUrl } from '@/api/client';
import type { CuratorRow, Guild } from '@/api/types';
import { useCurators } from '@/api/use-curators';
import { Avatar } from '@/components/avatar';
import { ExportMenu } from '@/components/export-menu';
import { ListChoice } from '@/components/list/list-choice';
import { ListPages } from '@/components/list/list-pages';
import type { ListColumn } from '@/components/list/list-table';
import { SearchField } from '@/components/list/search-field';
import { listQuery, useListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { keepRange } from '@/lib/view';
import { CuratorDialog } from './curator-dialog';
import { useKindText } from './kind-text';

const STATES = ['all', 'active', 'inactive'] as const;
const ORIGINS = ['all', 'role', 'hand'] as const;

export function CuratorName({ guildId, row }: { guildId: string; row: CuratorRow }) {
	const { t } = useTranslation();
	const [search] = useSearchParams();
	const kept = keepRange(search).toString();
	const name = row.name || t('lists.unknown_member');
	return (
		<span className="ra-name">
			<Avatar id={row.id} name={name} url={row.avatar_url} size={22} />
			<bdi>
				<Link href={`/guilds/${guildId}/curators/${row.id}${kept ? `?${kept}` : ''}`}>
					{name}
				</Link>
			</bdi>
			{row.username && row.username !== name && (
				<bdi className="ra-name__more">{row.username}</bdi>
			)}
			{row.is_lead && <em className="ra-tag">{t('curators.lead_tag')}</em>}
			{!row.is_active && <em className="ra-tag">{t('curators.inactive_tag')}</em>}
			{row.has_left && <em className="ra-tag">{t('lists.left')}</em>}
		</span>
	);
}

function useColumns(guild: Guild, onEdit: (row: CuratorRow) => void): ListColumn<CuratorRow>[] {
	const { t } = useTranslation();
	const formats = useFormats();
	const kindText = useKindText();
	const day = (iso: string | null) => (iso ? formats.date(Date.parse(iso), guild.timezone) : '—');
	const origin = (row: CuratorRow) =>
		row.by_role && row.by_hand ? 'both' : row.by_role ? 'role' : 'hand';
	return [
		{
			key: 'name',
			title: t('curators.column.name'),
			sort: 'name',
			isText: true,
			show: (row) => <CuratorName guildId={guild.id} row={row} />,
		},
		{
			key: 'kind',
			title: t('curators.column.kind'),
			sort: 'kind',
			isText: true,
			show: (row) => kindText(row.kind) || '—',
		},
		{
			key: 'subdivision',
			title: t('curators.column.subdivision'),
			sort: 'subdivision',
			isText: true,
			isQuiet: true,
			show: (row) => <bdi>{row.subdivision || '—'}</bdi>,
		},
		{
			key: 'origin',
			title: t('curators.column.origin'),
			isQuiet: true,
			show: (row) => t(`curators.origin.${origin(row)}`),
		},
		{
			key: 'guilds',
			title: t('curators.column.guilds'),
			isQuiet: true,
			show: (row) => (
				<span title={row.guilds.map((one) => one.name).join(', ')}>
					{row.guilds.length ? formats.count(row.guilds.length) : '—'}
				</span>
			),
		},
		{
			key: 'since',
			title: t('curators.column.since'),
			sort: 'since',
			isQuiet: true,
			isNumber: true,
			show: (row) => day(row.since),
		},
		{
			key: 'last',
			title: t('curators.column.last'),
			sort: 'last',
			isNumber: true,
			show: (row) => day(row.last_at),
		},
		{
			key: 'edit',
			title: '',
			isNumber: true,
			show: (row) => (
				<button
					type="button"
					className="ra-icon-button"
					aria-label={t('curators.edit_what', { name: row.name || row.id })}
					title={t('curators.edit_what', { name: row.name || row.id })}
					onClick={() => onEdit(row)}
				>
					<Pencil size={16} aria-hidden="true" />
				</button>
			),
		},
	];
}

/* What is on the screen; the file is made by the server, of all of it. */
const NO_TABLE = { columns: [], rows: [] };

export function ListPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [state, setState] = useListState('name');
	const [active, setActive] = useChoice('state', STATES, 'all');
	const [origin, setOrigin] = useChoice('origin', ORIGINS, 'all');
	const [edited, setEdited] = useState<CuratorRow | 'new' | null>(null);
	const columns = useColumns(guild, setEdited);
	const query = { ...listQuery(state), state: active, origin };
	const answer = useCurators(guild.id, query as Parameters<typeof useCurators>[1]);
	const { data, isPlaceholderData } = answer;
	const title = t('curators.tab.list');
	return (
		<Panel
			id="curators"
			className="is-full"
			title={title}
			isStale={isPlaceholderData}
			summary={
				data &&
				t('curators.of', { count: data.total, n: formats.count(data.total) }) +
					' ' +
					t('curators.counts', {
						role: formats.count(data.counts.by_role),
						hand: formats.count(data.counts.by_hand),
						inactive: formats.count(data.counts.inactive),
					})
			}
			tools={
				<>
					<button
						type="button"
						className="ra-button is-primary"
						onClick={() => setEdited('new')}
					>
						<UserRoundPlus size={16} aria-hidden="true" />
						{t('curators.add')}
					</button>
					<ExportMenu
						what={title}
						table={NO_TABLE}
						name="curators"
						wholeUrl={buildUrl(
							'/api/v1/guilds/{guild_id}/curators',
							{ guild_id: guild.id },
							{ ...query, limit: undefined, offset: undefined },
						)}
					/>
				</>
			}
		>
			<div className="ra-list__tools">
				<SearchField
					label={t('curators.find')}
					value={state.q}
					onSearch={(q) => setState({ q })}
				/>
				<ListChoice
					label={t('curators.filter_state')}
					values={STATES}
					value={active}
					textOf={(one) => t(`curators.state.${one}`)}
					onChoose={setActive}
				/>
				<ListChoice
					label={t('curators.filter_origin')}
					values={ORIGINS}
					value={origin}
					textOf={(one) => t(`curators.of_origin.${one}`)}
					onChoose={setOrigin}
				/>
			</div>
			<ListPages
				caption={title}
				query={answer}
				columns={columns}
				keyOf={(row) => row.id}
				state={state}
				onChange={setState}
				empty={t(state.q ? 'lists.not_found' : 'curators.nobody')}
				lines={6}
			/>
			{edited && (
				<CuratorDialog
					guild={guild}
					row={edited === 'new' ? null : edited}
					kinds={data?.kinds ?? []}
					subdivisions={data?.subdivisions ?? []}
					onClose={() => setEdited(null)}
				/>
			)}
		</Panel>
	);
}
