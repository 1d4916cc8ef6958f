/* Backups: what there is, what is being done, and what should be; for those who run the installation. */
import { useState } from 'react';
import { DatabaseBackup, FileArchive, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Backups as BackupList } from '@/api/types';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { AsidePanel } from './aside-panel';
import { JobPanel, RunningJob } from './job-panel';
import { ListPanel } from './list-panel';
import { SettingsPanel } from './settings-panel';
import { agoText, sizeText } from './size';
import { UploadButton } from './upload-button';
import { isOpen, useBackups, useOrder, useSettings } from './use-backups';
import './backups.scss';

function Alarms({ alarms }: { alarms: BackupList['alarms'] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return alarms.map((alarm) => (
		<p key={alarm.kind} className="ra-notice is-warning" role="alert">
			<TriangleAlert size={18} aria-hidden="true" />
			<span>
				<strong>{t(`backups.alarm.${alarm.kind}`)}</strong> {alarm.why}{' '}
				{t('backups.alarm.times', { count: alarm.times, n: formats.count(alarm.times) })}
			</span>
		</p>
	));
}

function Cards({ list }: { list: BackupList }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [nowMs] = useState(() => Date.now());
	const ready = list.backups.filter((backup) => backup.state === 'ready');
	/* what is made for somebody to fetch brings no database back */
	const good = ready.filter(({ kind }) => kind !== 'guild' && kind !== 'export');
	const last = good[0];
	const drilled = good.find((backup) => backup.drill_state === 'passed');
	const next = list.plans.find((plan) => plan.kind === 'backup')?.next_at;
	const size = ready.reduce((sum, backup) => sum + (backup.size_bytes ?? 0), 0);
	const ago = (at: string) => agoText(Date.parse(at), nowMs, formats.language);
	const cards = [
		[t('backups.card.last'), last ? ago(last.started_at) : t('backups.card.none')],
		[
			t('backups.card.drilled'),
			drilled?.drilled_at ? ago(drilled.drilled_at) : t('backups.card.not_drilled'),
		],
		[t('backups.card.next'), next ? ago(next) : t('backups.card.no_next')],
		[t('backups.card.size'), sizeText(size, formats.language)],
		[t('backups.card.database'), sizeText(list.database.bytes, formats.language)],
	];
	return (
		<dl className="ra-backups__cards">
			{cards.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

function Empty() {
	const { t } = useTranslation();
	return (
		<div className="ra-empty">
			<h2>{t('backups.empty_title')}</h2>
			<p>{t('backups.empty')}</p>
		</div>
	);
}

function View({ list }: { list: BackupList }) {
	const { t } = useTranslation();
	const order = useOrder();
	const settings = useSettings();
	const open = list.jobs.filter(isOpen);
	const isBackingUp = open.some((job) => job.kind === 'backup');
	const isExporting = open.some((job) => job.kind === 'export');
	return (
		<>
			<Alarms alarms={list.alarms} />
			<Cards list={list} />
			<div className="ra-backups__buttons">
				<button
					type="button"
					className="ra-button is-primary"
					disabled={order.isPending || isBackingUp}
					onClick={() => order.mutate({ method: 'POST', path: '/backups', body: {} })}
				>
					<DatabaseBackup size={16} aria-hidden="true" />
					{t('backups.now')}
				</button>
				<UploadButton />
				<button
					type="button"
					className="ra-button"
					title={t('backups.export_hint')}
					disabled={order.isPending || isExporting}
					onClick={() => order.mutate({ method: 'POST', path: '/backups/export' })}
				>
					<FileArchive size={16} aria-hidden="true" />
					{t('backups.export')}
				</button>
			</div>
			{order.error && <ProblemNotice error={order.error} />}
			{open.map((job) => (
				<RunningJob key={job.id} job={job} />
			))}
			<div className="ra-backups__panels">
				{list.backups.length > 0 ? (
					<ListPanel
						backups={list.backups}
						isBusy={open.some((job) => job.kind === 'restore')}
					/>
				) : (
					<Empty />
				)}
				<AsidePanel aside={list.aside} />
				{settings.data && <SettingsPanel settings={settings.data} />}
				<JobPanel jobs={list.jobs} />
			</div>
		</>
	);
}

export function Backups() {
	const { t } = useTranslation();
	const backups = useBackups();
	return (
		<MemberPage title={t('backups.title')}>
			<header className="ra-page-head">
				<h1>{t('backups.title')}</h1>
				<p>
					{t('backups.lead')} <Link href="/system">{t('backups.to_system')}</Link>
				</p>
			</header>
			{backups.isPending && <Skeleton height={88} lines={4} />}
			{backups.error && (
				<ProblemNotice error={backups.error} onRetry={() => void backups.refetch()} />
			)}
			{backups.data && <View list={backups.data} />}
		</MemberPage>
	);
}
