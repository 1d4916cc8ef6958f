/* The backups there are, and what can be done with each. */
import { useState } from 'react';
import { Download, History, ShieldCheck, Trash2, FlaskConical, Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buildUrl } from '@/api/client';
import type { Backup } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { ConfirmDialog } from './confirm-dialog';
import { agoText, sizeText } from './size';
import { useOrder } from './use-backups';

type Asked = { what: 'restore' | 'delete'; backup: Backup } | null;

function Marks({ backup }: { backup: Backup }) {
	const { t } = useTranslation();
	const isBad = backup.state === 'failed' || backup.state === 'damaged';
	return (
		<span className="ra-backups__marks">
			<span className="ra-tag">{t(`backups.kind.${backup.kind}`)}</span>
			{backup.state !== 'ready' && (
				<span className={`ra-tag ${isBad ? 'is-bad' : ''}`} title={backup.why}>
					{t(`backups.state.${backup.state}`)}
				</span>
			)}
			{backup.drill_state === 'passed' && (
				<span className="ra-tag is-good">{t('backups.drilled')}</span>
			)}
			{backup.drill_state === 'failed' && (
				<span className="ra-tag is-bad">{t('backups.drill_failed')}</span>
			)}
			{backup.is_encrypted && (
				<span className="ra-tag">
					<Lock size={12} aria-hidden="true" /> {t('backups.encrypted')}
				</span>
			)}
		</span>
	);
}

interface RowProps {
	backup: Backup;
	nowMs: number;
	isBusy: boolean;
	onAsk: (asked: Asked) => void;
}

function Row({ backup, nowMs, isBusy, onAsk }: RowProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const order = useOrder();
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const madeAt = Date.parse(backup.started_at);
	const time = formats.dateTime(madeAt, zone);
	const isThere = backup.copies.length > 0 && backup.state !== 'running';
	const isOpen = backup.kind === 'export';
	const isPart = isOpen || backup.kind === 'guild';
	const post = (what: 'verify' | 'drill') =>
		order.mutate({ method: 'POST', path: `/backups/${backup.id}/${what}` });
	return (
		<tr>
			<td>
				<strong className="ra-backups__time">{time}</strong>
				<span className="ra-backups__sub">
					{backup.name || agoText(madeAt, nowMs, formats.language)}
				</span>
			</td>
			<td className="ra-backups__what">
				<Marks backup={backup} />
				{backup.why && <span className="ra-backups__sub">{backup.why}</span>}
			</td>
			<td className="is-number">
				{backup.size_bytes === null ? '–' : sizeText(backup.size_bytes, formats.language)}
				{backup.rows !== null && (
					<span className="ra-backups__sub">
						{t('backups.rows', { count: backup.rows, n: formats.count(backup.rows) })}
					</span>
				)}
			</td>
			<td>
				{formats.list(backup.copies.map((copy) => t(`backups.place.${copy.place}`)))}
				{backup.copies.some((copy) => copy.state !== 'good') && (
					<span className="ra-backups__sub is-bad">{t('backups.copy_bad')}</span>
				)}
			</td>
			<td className="ra-backups__actions">
				<button
					type="button"
					className="ra-icon-button"
					title={t('backups.verify')}
					aria-label={t('backups.verify_named', { time })}
					disabled={!isThere || order.isPending || isOpen}
					onClick={() => post('verify')}
				>
					<ShieldCheck size={16} aria-hidden="true" />
				</button>
				<button
					type="button"
					className="ra-icon-button"
					title={t('backups.drill')}
					aria-label={t('backups.drill_named', { time })}
					disabled={!isThere || order.isPending || isPart}
					onClick={() => post('drill')}
				>
					<FlaskConical size={16} aria-hidden="true" />
				</button>
				{isThere ? (
					<a
						className="ra-icon-button"
						title={t('backups.download')}
						aria-label={t('backups.download_named', { time })}
						href={buildUrl('/api/v1/backups/{id}/file', { id: backup.id })}
						download={`${backup.id}.${isOpen ? 'zip' : 'rations'}`}
					>
						<Download size={16} aria-hidden="true" />
					</a>
				) : null}
				<button
					type="button"
					className="ra-icon-button"
					title={t('backups.restore.button')}
					aria-label={t('backups.restore.named', { time })}
					disabled={!isThere || isBusy || isOpen || backup.state !== 'ready'}
					onClick={() => onAsk({ what: 'restore', backup })}
				>
					<History size={16} aria-hidden="true" />
				</button>
				<button
					type="button"
					className="ra-icon-button"
					title={t('backups.delete.button')}
					aria-label={t('backups.delete.named', { time })}
					disabled={backup.state === 'running'}
					onClick={() => onAsk({ what: 'delete', backup })}
				>
					<Trash2 size={16} aria-hidden="true" />
				</button>
				{order.error && <ProblemNotice error={order.error} />}
			</td>
		</tr>
	);
}

function Question({ asked, onClose }: { asked: NonNullable<Asked>; onClose: () => void }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const order = useOrder();
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const { what, backup } = asked;
	const isGuild = backup.kind === 'guild';
	const time = formats.dateTime(Date.parse(backup.started_at), zone);
	const go = () =>
		order.mutate(
			what === 'restore'
				? {
						method: 'POST',
						path: `/backups/${backup.id}/${isGuild ? 'guild' : 'restore'}`,
						body: { confirm: 'restore', ...(isGuild && { force: true }) },
					}
				: { method: 'DELETE', path: `/backups/${backup.id}` },
			{ onSuccess: onClose },
		);
	return (
		<ConfirmDialog
			title={t(`backups.${what}.title`, { time })}
			go={t(`backups.${what}.go`)}
			{...(what === 'restore' && { word: t('backups.restore.word') })}
			isPending={order.isPending}
			error={order.error}
			onGo={go}
			onClose={onClose}
		>
			{what === 'restore' && isGuild ? (
				<ul>
					<li>{t('backups.restore.checked')}</li>
					<li>{t('backups.restore.guild', { time })}</li>
				</ul>
			) : what === 'restore' ? (
				<ul>
					<li>{t('backups.restore.checked')}</li>
					<li>{t('backups.restore.swapped', { time })}</li>
					<li>{t('backups.restore.aside')}</li>
					<li>{t('backups.restore.kept')}</li>
					<li>{t('backups.restore.streams')}</li>
				</ul>
			) : (
				<p>{t('backups.delete.text')}</p>
			)}
		</ConfirmDialog>
	);
}

export function ListPanel({ backups, isBusy }: { backups: Backup[]; isBusy: boolean }) {
	const { t } = useTranslation();
	const [asked, setAsked] = useState<Asked>(null);
	const [nowMs] = useState(() => Date.now());
	const label = t('backups.list');
	return (
		<Panel id="backup-list" title={label}>
			<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
				<table className="ra-table ra-backups__table">
					<caption className="visually-hidden">{label}</caption>
					<thead>
						<tr>
							<th scope="col">{t('backups.made')}</th>
							<th scope="col">{t('backups.what')}</th>
							<th scope="col" className="is-number">
								{t('backups.size')}
							</th>
							<th scope="col">{t('backups.where')}</th>
							<th scope="col">
								<span className="visually-hidden">{t('backups.actions')}</span>
							</th>
						</tr>
					</thead>
					<tbody>
						{backups.map((backup) => (
							<Row
								key={backup.id}
								backup={backup}
								nowMs={nowMs}
								isBusy={isBusy}
								onAsk={setAsked}
							/>
						))}
					</tbody>
				</table>
			</div>
			{asked && <Question asked={asked} onClose={() => setAsked(null)} />}
		</Panel>
	);
}
