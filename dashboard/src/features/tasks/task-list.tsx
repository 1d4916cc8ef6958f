/* The reports one by one, and what can be done about each. */
import { useState, type FormEvent } from 'react';
import { Archive, ArchiveRestore, Check, ExternalLink, Hand, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { components } from '@/api/schema';
import type { Guild } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { ListChoice } from '@/components/list/list-choice';
import { ListPages } from '@/components/list/list-pages';
import type { ListColumn } from '@/components/list/list-table';
import { PersonName } from '@/components/list/names';
import { SearchField } from '@/components/list/search-field';
import { listQuery, useListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { useTaskChange, useTaskReports, type ListWish, type TaskReport } from './use-tasks';

const STATES = ['', 'pending', 'reviewing', 'verified', 'archived'] as const;

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
					<PersonName person={row.author} />
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
			show: (row) => <PersonName person={row.curator} />,
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
	const nameOf = (id: string) => people.curators.find((one) => one.id === id)?.name || id;
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
				<ListChoice
					label={t('tasks.column.state')}
					values={STATES}
					value={state}
					textOf={(one) => t(one ? `tasks.state.${one}` : 'tasks.state.all')}
					onChoose={setState}
				/>
				<ListChoice
					label={t('tasks.column.curators')}
					values={curators}
					value={curator}
					textOf={(id) => (id ? nameOf(id) : t('tasks.every_curator'))}
					onChoose={setCurator}
				/>
			</div>
			<ListPages
				caption={t('tasks.list')}
				query={query}
				columns={columns}
				keyOf={(row) => row.id}
				state={list}
				onChange={setList}
				empty={t('tasks.empty')}
			/>
		</Panel>
	);
}
