/* The requests one by one: who, where, how long, who answered; a line opens its story. */
import { useState } from 'react';
import { ExternalLink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, HelpRequest } from '@/api/types';
import { ListChoice } from '@/components/list/list-choice';
import { ListPages } from '@/components/list/list-pages';
import type { ListColumn } from '@/components/list/list-table';
import { PersonName } from '@/components/list/names';
import { SearchField } from '@/components/list/search-field';
import { listQuery, useListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { StoryDialog } from './story';
import { useRequestList } from './use-requests';
import { waitText } from './wait';

const STATES = ['', 'open', 'answered', 'resolved', 'cancelled', 'not_a_request'] as const;
const WHO = ['', 'staff', 'community', 'nobody'] as const;

export function RequestList({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [list, setList] = useListState('-asked');
	const [state, setState] = useChoice('state', STATES, '');
	const [who, setWho] = useChoice('who', WHO, '');
	const [opened, setOpened] = useState<string | null>(null);
	const query = useRequestList(guild.id, { ...listQuery(list), state, who });
	const answer = query.data;
	const zone = guild.timezone;
	const columns: ListColumn<HelpRequest>[] = [
		{
			key: 'author',
			title: t('requests.list.author'),
			show: (request) => (
				<button
					type="button"
					className="ra-requests__open"
					onClick={() => setOpened(request.id)}
				>
					<PersonName person={request.author} />
				</button>
			),
		},
		{
			key: 'asked',
			title: t('requests.list.asked'),
			sort: 'asked',
			show: (request) => formats.dateTime(Date.parse(request.asked_at), zone),
		},
		{
			key: 'channel',
			title: t('requests.list.channel'),
			isQuiet: true,
			show: (request) => (
				<span className="ra-name">
					<bdi>{request.channel.name || '—'}</bdi>
					{request.channel.parent && (
						<bdi className="ra-name__more">{request.channel.parent}</bdi>
					)}
				</span>
			),
		},
		{
			key: 'priority',
			title: t('requests.list.priority'),
			sort: 'priority',
			isQuiet: true,
			show: (request) => t(`requests.priority.${request.priority}`),
		},
		{
			key: 'state',
			title: t('requests.list.state'),
			show: (request) => (
				<span className="ra-name">
					<span className={`ra-state is-${request.state}`}>
						{t(`requests.state.${request.state}`)}
					</span>
					{request.is_imported && (
						<span className="ra-name__more">{t('requests.list.imported')}</span>
					)}
				</span>
			),
		},
		{
			key: 'waited',
			title: t('requests.list.waited'),
			sort: 'waited',
			isNumber: true,
			show: (request) => waitText(request.waited_ms, formats),
		},
		{
			key: 'answered_by',
			title: t('requests.list.answered_by'),
			isQuiet: true,
			show: (request) =>
				request.answered_by ? (
					<PersonName person={request.answered_by} />
				) : request.community_by ? (
					<PersonName person={request.community_by} />
				) : (
					'—'
				),
		},
		{
			key: 'jump',
			title: '',
			show: (request) =>
				request.url && (
					<a
						className="ra-icon-button"
						href={request.url}
						target="_blank"
						rel="noreferrer"
						aria-label={t('requests.list.jump')}
						title={t('requests.list.jump')}
					>
						<ExternalLink size={14} aria-hidden="true" />
					</a>
				),
		},
	];
	return (
		<Panel
			id="request-list"
			title={t('requests.list.title')}
			className="is-full"
			isStale={query.isPlaceholderData}
			summary={
				answer &&
				t('requests.list.summary', { count: answer.total, n: formats.count(answer.total) })
			}
		>
			<div className="ra-list__tools">
				<SearchField
					label={t('requests.list.search')}
					value={list.q}
					onSearch={(q) => setList({ q })}
				/>
				<ListChoice
					label={t('requests.list.state')}
					values={STATES}
					value={state}
					textOf={(value) => t(value ? `requests.state.${value}` : 'requests.state.all')}
					onChoose={setState}
				/>
				<ListChoice
					label={t('requests.who.first')}
					values={WHO}
					value={who}
					textOf={(value) => t(value ? `requests.part.${value}` : 'requests.who.all')}
					onChoose={setWho}
				/>
			</div>
			<ListPages
				caption={t('requests.list.title')}
				query={query}
				columns={columns}
				keyOf={(request) => request.id}
				state={list}
				onChange={setList}
				empty={t('requests.list.empty')}
			/>
			{opened && <StoryDialog guild={guild} id={opened} onClose={() => setOpened(null)} />}
		</Panel>
	);
}
