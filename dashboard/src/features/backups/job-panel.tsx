/* What is being done now, and what was done last. */
import { CheckCircle2, CircleSlash, CircleX, LoaderCircle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BackupJob } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { isOpen, useOrder } from './use-backups';

const STEPS = [
	'counting',
	'dumping',
	'storing',
	'verifying',
	'restoring',
	'migrating',
	'comparing',
	'swapping',
	'reading',
	'writing',
	'done',
] as const;
type Step = (typeof STEPS)[number];

const ICONS = {
	waiting: LoaderCircle,
	running: LoaderCircle,
	done: CheckCircle2,
	failed: CircleX,
	cancelled: CircleSlash,
};

function stepOf(job: BackupJob): Step | null {
	return STEPS.find((step) => step === job.step) ?? null;
}

export function RunningJob({ job }: { job: BackupJob }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const order = useOrder();
	const step = stepOf(job);
	return (
		<div className="ra-backups__running" role="status">
			<p>
				<LoaderCircle size={18} aria-hidden="true" className="ra-backups__spin" />
				<strong>{t(`backups.job.${job.kind}`)}</strong>
				<span>
					{job.is_cancelled
						? t('backups.job.cancelling')
						: job.state === 'waiting'
							? t('backups.job.waits')
							: step && t(`backups.step.${step}`)}
					{job.progress !== null && ` · ${formats.percent(job.progress)}`}
				</span>
				<button
					type="button"
					className="ra-button"
					disabled={order.isPending || job.is_cancelled || job.step === 'swapping'}
					onClick={() => order.mutate({ method: 'POST', path: `/jobs/${job.id}/cancel` })}
				>
					{t('backups.job.cancel')}
				</button>
			</p>
			<progress
				max={1}
				{...(job.progress === null ? {} : { value: job.progress })}
				aria-label={t(`backups.job.${job.kind}`)}
			/>
			{order.error && <ProblemNotice error={order.error} />}
		</div>
	);
}

function EndedJob({ job }: { job: BackupJob }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const Icon = ICONS[job.state];
	const endedAt = Date.parse(job.finished_at ?? job.created_at);
	return (
		<li className={`is-${job.state}`}>
			<Icon size={16} aria-hidden="true" />
			<span>
				{t(`backups.job.${job.kind}`)}: {t(`backups.job.state.${job.state}`)}
				{job.state === 'failed' && job.why && <em>{job.why}</em>}
			</span>
			<time dateTime={job.finished_at ?? job.created_at}>
				{formats.dateTime(endedAt, Intl.DateTimeFormat().resolvedOptions().timeZone)}
			</time>
		</li>
	);
}

export function JobPanel({ jobs }: { jobs: BackupJob[] }) {
	const { t } = useTranslation();
	const ended = jobs.filter((job) => !isOpen(job)).slice(0, 8);
	if (ended.length === 0) return null;
	return (
		<Panel id="backup-jobs" title={t('backups.job.title')}>
			<ul className="ra-backups__jobs">
				{ended.map((job) => (
					<EndedJob key={job.id} job={job} />
				))}
			</ul>
		</Panel>
	);
}
