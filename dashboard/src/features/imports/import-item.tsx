/* One file: how far it is, its report, and what may be done with it. */
import { useTranslation } from 'react-i18next';
import type { ImportRow } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { ImportReport } from './import-report';
import { isBusy, type useOrder } from './use-imports';

interface ImportItemProps {
	row: ImportRow;
	order: ReturnType<typeof useOrder>;
}

function Progress({ row }: { row: ImportRow }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const share = row.job?.progress ?? null;
	const step =
		row.job?.state === 'waiting'
			? t('imports.waiting')
			: t(row.state === 'reading' ? 'imports.reading' : 'imports.importing');
	return (
		<div className="ra-imports__progress" role="status">
			<span>
				{step}
				{share !== null && ` ${formats.percent(share)}`}
			</span>
			<progress {...(share === null ? {} : { value: share })} max={1} aria-label={step} />
		</div>
	);
}

function Buttons({ row, order }: ImportItemProps) {
	const { t } = useTranslation();
	const act = (kind: 'run' | 'drop') => order.mutate({ kind, id: row.id });
	const hasRows = Object.keys(row.report.kinds ?? {}).length > 0;
	if (isBusy(row))
		return row.state === 'reading' ? (
			<button
				type="button"
				className="ra-button is-small"
				disabled={row.job?.is_cancelled || order.isPending}
				onClick={() => row.job && order.mutate({ kind: 'cancel', job: row.job.id })}
			>
				{t('common.cancel')}
			</button>
		) : null;
	if (row.state === 'done') return null;
	return (
		<>
			{(row.state === 'importing' || (row.state === 'ready' && hasRows)) && (
				<button
					type="button"
					className="ra-button is-primary is-small"
					disabled={order.isPending}
					onClick={() => act('run')}
				>
					{t(row.state === 'ready' ? 'imports.run' : 'imports.go_on')}
				</button>
			)}
			{row.state !== 'importing' && (
				<button
					type="button"
					className="ra-button is-small"
					disabled={order.isPending}
					onClick={() => act('drop')}
				>
					{t('imports.forget')}
				</button>
			)}
		</>
	);
}

const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

function sizeText(bytes: number, language: string): string {
	const [unit, size] =
		bytes < 1e6 ? ['kilobyte', 1e3] : bytes < 1e9 ? ['megabyte', 1e6] : ['gigabyte', 1e9];
	return new Intl.NumberFormat(language, {
		style: 'unit',
		unit: String(unit),
		maximumFractionDigits: 1,
	}).format(bytes / Number(size));
}

export function ImportItem({ row, order }: ImportItemProps) {
	const { t, i18n } = useTranslation();
	const formats = useFormats();
	const why = row.why || (row.job?.state === 'failed' ? row.job.why : '');
	const source = row.source
		? t(`imports.source.${row.source}.name`, { defaultValue: row.source })
		: '';
	return (
		<article className="ra-imports__item" aria-label={row.name}>
			<header>
				<div>
					<h3>{row.name || source}</h3>
					<p>
						{[
							source,
							row.size_bytes !== null && sizeText(row.size_bytes, i18n.language),
							formats.dateTime(Date.parse(row.created_at), HERE),
						]
							.filter(Boolean)
							.join(' · ')}
					</p>
				</div>
				<span className={`ra-imports__state is-${row.state}`}>
					{t(`imports.state.${row.state}`)}
				</span>
			</header>
			{why && <p className="ra-imports__why">{why}</p>}
			{isBusy(row) && <Progress row={row} />}
			{(row.state === 'ready' || row.state === 'importing' || row.state === 'done') && (
				<ImportReport row={row} />
			)}
			<footer>
				<Buttons row={row} order={order} />
			</footer>
		</article>
	);
}
