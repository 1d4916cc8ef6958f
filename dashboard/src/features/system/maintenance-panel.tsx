/* What keeps the database as it should be, by itself: when it ran, what came of it, when it runs next. */
import { Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MaintenanceTask } from '@/api/types';
import { useMe } from '@/api/use-me';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useAge } from './use-age';
import { useMaintenance, useRunNow } from './use-maintenance';

const COLUMNS = ['task', 'last', 'worked', 'next'] as const;

/* How it looks beside the word. */
const LOOK: Record<string, string> = { done: 'is-good', busy: 'is-busy', failed: 'is-bad' };

function Outcome({ task }: { task: MaintenanceTask }) {
	const { t } = useTranslation();
	const word = task.outcome === '' ? (task.is_running ? 'running' : 'never') : task.outcome;
	const look = task.is_running ? 'is-busy' : (LOOK[word] ?? '');
	return (
		<>
			<span className={`ra-system__state ${look}`}>
				<i aria-hidden="true" />
				{t(`system.upkeep.outcome.${word}`)}
			</span>
			{task.outcome !== 'done' && task.why && (
				<p className="ra-system__trouble">{task.why}</p>
			)}
		</>
	);
}

interface RowProps {
	task: MaintenanceTask;
	nowMs: number;
	isAsked: boolean;
	onRun: () => void;
}

function Row({ task, nowMs, isAsked, onRun }: RowProps) {
	const { t } = useTranslation();
	const age = useAge();
	const formats = useFormats();
	const ago = (at: string | null) =>
		at ? t('system.ago', { time: age(Math.max(0, nowMs - Date.parse(at))) }) : '—';
	const waitMs = Date.parse(task.next_at) - nowMs;
	const name = t(`system.upkeep.task.${task.task}.name`);
	return (
		<tr>
			<td className="ra-system__task">
				<strong>{name}</strong>
				<p>{t(`system.upkeep.task.${task.task}.what`)}</p>
			</td>
			<td data-label={t('system.upkeep.column.last')}>
				<Outcome task={task} />
				{task.finished_at && <p>{ago(task.finished_at)}</p>}
			</td>
			<td data-label={t('system.upkeep.column.worked')}>
				{ago(task.worked_at)}
				{task.worked_rows !== null && task.worked_rows > 0 && (
					<p>
						{t('system.upkeep.rows', {
							count: task.worked_rows,
							n: formats.count(task.worked_rows),
						})}
					</p>
				)}
			</td>
			<td data-label={t('system.upkeep.column.next')}>
				{waitMs <= 0
					? t('system.upkeep.now')
					: t('system.upkeep.in', { time: age(waitMs) })}
			</td>
			<td>
				<button
					type="button"
					className="ra-button is-small"
					disabled={isAsked || waitMs <= 0}
					aria-label={t('system.upkeep.run_task', { name })}
					onClick={onRun}
				>
					<Play size={14} aria-hidden="true" />
					{t('system.upkeep.run')}
				</button>
			</td>
		</tr>
	);
}

export function MaintenancePanel() {
	const { t } = useTranslation();
	const me = useMe();
	const upkeep = useMaintenance();
	const run = useRunNow(me.data?.csrf_token ?? '');
	const failed = upkeep.data?.tasks.filter((task) => task.outcome === 'failed').length ?? 0;
	return (
		<Panel
			id="maintenance"
			className="ra-system__upkeep"
			title={t('system.upkeep.title')}
			summary={t(failed ? 'system.upkeep.failed' : 'system.upkeep.lead', { count: failed })}
		>
			{upkeep.isPending && <Skeleton height={40} lines={6} />}
			{upkeep.error && (
				<ProblemNotice error={upkeep.error} onRetry={() => void upkeep.refetch()} />
			)}
			{run.error && <ProblemNotice error={run.error} />}
			{upkeep.data && (
				<div
					className="ra-table-scroll"
					tabIndex={0}
					role="region"
					aria-label={t('system.upkeep.title')}
				>
					<table className="ra-table">
						<thead>
							<tr>
								{COLUMNS.map((column) => (
									<th key={column} scope="col">
										{t(`system.upkeep.column.${column}`)}
									</th>
								))}
								<th>
									<span className="visually-hidden">
										{t('system.upkeep.run')}
									</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{upkeep.data.tasks.map((task) => (
								<Row
									key={task.task}
									task={task}
									nowMs={Date.parse(upkeep.data.at)}
									isAsked={run.isPending}
									onRun={() => run.mutate(task.task)}
								/>
							))}
						</tbody>
					</table>
				</div>
			)}
		</Panel>
	);
}
