/* The reports one by one, and what can be done about each. */
import { useState, type FormEvent } from 'react';
import { Archive, ArchiveRestore, Check, ExternalLink, Hand, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { components } from '@/api/schema';
import type { Guild } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { Dialog } from '@/components/dialog';
import { ListTable, type ListColumn } from '@/components/list/list-table';
import { Pager } from '@/components/list/pager';
import { SearchField } from '@/components/list/search-field';
import { listQuery, useListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { useTaskChange, useTaskReports, type ListWish, type TaskReport } from './use-tasks';

const STATES = ['', 'pending', 'reviewing', 'verified', 'archived'] as const;

function Person({ person }: { person: TaskReport['curator'] }) {
	const { t } = useTranslation();
	if (!person) return <>—</>;
	const name = person.name || t('lists.unknown_member');
	return (
		<span className="ra-name">
			<Avatar id={person.id} name={name} url={person.avatar_url} size={22} />
			<bdi>{name}</bdi>
		</span>
	);
}

interface VerifyProps {
	guild: Guild;
	report: TaskReport;
	onClose: () => void;
}

function VerifyDialog({ guild, report, onClose }: VerifyProps) {
	const { t } = useTranslation();
	const change = useTaskChange(guild.id);
	const [approved, setApproved] = useState(String(report.tasks));
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		const tail = `/task-reports/${report.id}/verify`;
		change.mutate(
			{ method: 'POST', tail, body: { approved: Number(approved) } },
			{ onSuccess: onClose },
		);
	};
	return (
		<Dialog title={t('tasks.act.verify')} onClose={onClose}>
			<form className="ra-rules" onSubmit={onSubmit}>
				<div className="ra-rules__field">
					<label>
						{t('tasks.approve_how_many', { count: report.tasks })}
						<input
							className="form-control"
							type="number"
							required
							min={0}
							max={report.tasks}
							value={approved}
							onChange={(event) => setApproved(event.target.value)}
						/>
					</label>
				</div>
				{change.error && <ProblemNotice error={change.error} />}
				<button type="submit" className="ra-button is-primary" disabled={change.isPending}>
					<Check size={16} aria-hidden="true" />
					{t('tasks.act.verify')}
				</button>
			</form>
		</Dialog>
	);
}

function Acts({ guild, report }: { guild: Guild; report: TaskReport }) {
	const { t } = useTranslation();
	const change = useTaskChange(guild.id);
	const [isOpen, setOpen] = useState(false);
	const path = `/task-reports/${report.id}`;
	const act = (
		what: 'claim' | 'verify' | 'release' | 'archive' | 'restore',
		Icon: typeof Hand,
		onClick: () => void,
	) => (
		<button
			type="button"
			className="ra-icon-button"
			aria-label={t('tasks.act.named', {
				act: t(`tasks.act.${what}`),
				name: report.author.name,
			})}
			title={t(`tasks.act.${what}`)}
			disabled={change.isPending}
			onClick={onClick}
		>
			<Icon size={16} aria-hidden="true" />
		</button>
	);
	const put = (state: string) =>
		change.mutate({ method: 'PUT', tail: `${path}/state`, body: { state } });
	return (
		<div className="ra-tasks__acts">
			{report.state === 'pending' &&
				act('claim', Hand, () => change.mutate({ method: 'POST', tail: `${path}/claim` }))}
			{(report.state === 'pending' || report.state === 'reviewing') &&
				act('verify', Check, () => setOpen(true))}
			{report.state === 'reviewing' && act('release', Undo2, () => put('pending'))}
			{report.state === 'archived'
				? act('restore', ArchiveRestore, () =>
						put(report.approved === null ? 'reviewing' : 'verified'),
					)
				: act('archive', Archive, () => put('archived'))}
			<a
				className="ra-icon-button"
				href={report.url}
				target="_blank"
				rel="noreferrer"
				aria-label={t('tasks.act.named', {
					act: t('tasks.act.open'),
					name: report.author.name,
				})}
				title={t('tasks.act.open')}
			>
				<ExternalLink size={16} aria-hidden="true" />
			</a>
			{change.error && <ProblemNotice error={change.error} />}
			{isOpen && (
				<VerifyDialog guild={guild} report={report} onClose={() => setOpen(false)} />
			)}
		</div>
	);
}

function useColumns(guild: Guild): ListColumn<TaskReport>[] {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	return [
		{
			key: 'author',
			title: t('tasks.column.authors'),
			show: (row) => (
				<>
					<Person person={row.author} />
					{row.excerpt && <bdi className="ra-tasks__excerpt">{row.excerpt}</bdi>}
				</>
			),
		},
		{
			key: 'reported_at',
			title: t('tasks.column.reported'),
			sort: 'reported_at',
			isQuiet: true,
			show: (row) => when(row.reported_at),
		},
		{
			key: 'state',
			title: t('tasks.column.state'),
			show: (row) => (
				<span className={`ra-tasks__state is-${row.state}`}>
					{t(`tasks.state.${row.state}`)}
				</span>
			),
		},
		{
			key: 'tasks',
			title: t('tasks.column.tasks'),
			sort: 'tasks',
			isNumber: true,
			show: (row) => formats.count(row.tasks),
		},
		{
			key: 'approved',
			title: t('tasks.column.approved'),
			sort: 'approved',
			isNumber: true,
			show: (row) => (row.approved === null ? '—' : formats.count(row.approved)),
		},
		{
			key: 'curator',
			title: t('tasks.column.curators'),
			isQuiet: true,
			show: (row) => <Person person={row.curator} />,
		},
		{
			key: 'acts',
			title: t('tasks.column.acts'),
			show: (row) => <Acts guild={guild} report={row} />,
		},
	];
}

interface TaskListProps {
	guild: Guild;
	people: Pick<components['schemas']['TaskSummary'], 'authors' | 'curators'>;
}

export function TaskList({ guild, people }: TaskListProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [list, setList] = useListState('-reported_at');
	const [state, setState] = useChoice('state', STATES, '');
	const curators = ['', ...people.curators.map((one) => one.id)];
	const [curator, setCurator] = useChoice('curator', curators, '');
	const query = useTaskReports(guild.id, {
		...listQuery(list),
		state: state || undefined,
		curator: curator || undefined,
	} as ListWish);
	const columns = useColumns(guild);
	const answer = query.data;
	return (
		<Panel
			id="reports"
			title={t('tasks.list')}
			isStale={query.isPlaceholderData}
			summary={
				answer && t('tasks.found', { count: answer.total, n: formats.count(answer.total) })
			}
		>
			<div className="ra-list__tools">
				<SearchField
					label={t('tasks.search')}
					value={list.q}
					onSearch={(q) => setList({ q })}
				/>
				<select
					className="form-select form-select-sm ra-tasks__choice"
					aria-label={t('tasks.column.state')}
					value={state}
					onChange={(event) => setState(event.target.value as (typeof STATES)[number])}
				>
					{STATES.map((one) => (
						<option key={one} value={one}>
							{t(one ? `tasks.state.${one}` : 'tasks.state.all')}
						</option>
					))}
				</select>
				<select
					className="form-select form-select-sm ra-tasks__choice"
					aria-label={t('tasks.column.curators')}
					value={curator}
					onChange={(event) => setCurator(event.target.value)}
				>
					<option value="">{t('tasks.every_curator')}</option>
					{people.curators.map((one) => (
						<option key={one.id} value={one.id}>
							{one.name || one.id}
						</option>
					))}
				</select>
			</div>
			{!answer && !query.error && <Skeleton height={200} />}
			{query.error && !answer && (
				<ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
			)}
			{answer && answer.rows.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('tasks.empty')}</p>
				</div>
			)}
			{answer && answer.rows.length > 0 && (
				<>
					<ListTable
						caption={t('tasks.list')}
						columns={columns}
						rows={answer.rows}
						keyOf={(row) => row.id}
						sort={list.sort}
						onSort={(sort) => setList({ sort })}
					/>
					<Pager
						page={list.page}
						total={answer.total}
						onPage={(page) => setList({ page })}
					/>
				</>
			)}
		</Panel>
	);
}
