/* Moving in from another system: files, what is in them, and a button. For those who run the installation. */
import { useTranslation } from 'react-i18next';
import type { ImportList } from '@/api/types';
import { useMe } from '@/api/use-me';
import { MemberPage } from '@/components/member-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { ImportItem } from './import-item';
import { ImportSources } from './import-sources';
import { ImportUpload } from './import-upload';
import { isBusy, useImports, useOrder } from './use-imports';
import './imports.scss';

function Files({ list, csrfToken }: { list: ImportList; csrfToken: string }) {
	const { t } = useTranslation();
	const order = useOrder(csrfToken);
	const ready = list.imports.filter(
		(row) =>
			row.state === 'ready' && !isBusy(row) && Object.keys(row.report.kinds ?? {}).length > 0,
	);
	const failed = list.waiting.filter((job) => job.state === 'failed');
	const waiting = list.waiting.length - failed.length;
	return (
		<Panel
			id="files"
			title={t('imports.files')}
			summary={t('imports.files_lead')}
			tools={
				ready.length > 1 && (
					<button
						type="button"
						className="ra-button is-small"
						disabled={order.isPending}
						onClick={() => ready.forEach(({ id }) => order.mutate({ kind: 'run', id }))}
					>
						{t('imports.run_all', { count: ready.length })}
					</button>
				)
			}
		>
			{order.error && <ProblemNotice error={order.error} />}
			{waiting > 0 && <p role="status">{t('imports.queued', { count: waiting })}</p>}
			{failed.map((job) => (
				<p key={job.id} className="ra-imports__why">
					{job.why}
				</p>
			))}
			{list.imports.map((row) => (
				<ImportItem key={row.id} row={row} order={order} />
			))}
		</Panel>
	);
}

export function Imports() {
	const { t } = useTranslation();
	const me = useMe();
	const list = useImports();
	const csrfToken = me.data?.csrf_token ?? '';
	const isEmpty = list.data?.imports.length === 0 && list.data.waiting.length === 0;
	return (
		<MemberPage title={t('imports.title')}>
			<header className="ra-page-head">
				<h1>{t('imports.title')}</h1>
				<p>{t('imports.lead')}</p>
			</header>
			{list.isPending && <Skeleton height={88} lines={4} />}
			{list.error && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
			{list.data && (
				<div className="ra-imports">
					<ImportUpload csrfToken={csrfToken} />
					{!isEmpty && <Files list={list.data} csrfToken={csrfToken} />}
					<ImportSources isOpen={isEmpty} />
				</div>
			)}
		</MemberPage>
	);
}
