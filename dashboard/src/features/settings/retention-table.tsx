/* How long each kind of data is kept, what goes when it is too old, and when that was done last. */
import { useTranslation } from 'react-i18next';
import type { Settings } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';

const KINDS = [
	'segments',
	'hours',
	'days',
	'moves',
	'snapshots',
	'former',
	'requests',
	'activity',
] as const;
const TERMS = [30, 90, 180, 365, 730, 1095] as const;

interface RetentionTableProps {
	days: Settings['retention_days'];
	runs: Settings['retention'];
	zone: string;
	onChange: (days: Settings['retention_days']) => void;
}

export function RetentionTable({ days, runs, zone, onChange }: RetentionTableProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const choose = (kind: string, value: string) => {
		const kept = Object.entries(days).filter(([name]) => name !== kind);
		onChange(Object.fromEntries(value ? [...kept, [kind, Number(value)]] : kept));
	};
	const runOf = (kind: string) => {
		const run = runs.find((one) => one.kind === kind);
		if (!days[kind]) return '';
		if (!run?.ran_at) return t('rules.retention.soon');
		return t('rules.retention.ran', {
			when: formats.dateTime(Date.parse(run.ran_at), zone),
			next: run.next_at ? formats.dateTime(Date.parse(run.next_at), zone) : '',
			n: formats.count(run.deleted),
			count: run.deleted,
		});
	};
	return (
		<ul className="ra-rules__kinds">
			{KINDS.map((kind) => (
				<li key={kind}>
					<label htmlFor={`keep-${kind}`}>{t(`rules.kind.${kind}.name`)}</label>
					<select
						id={`keep-${kind}`}
						className="form-control"
						value={days[kind] ?? ''}
						aria-describedby={`keep-${kind}-what`}
						onChange={(event) => choose(kind, event.target.value)}
					>
						<option value="">{t('rules.retention.forever')}</option>
						{[...new Set([...TERMS, ...(days[kind] ? [days[kind]] : [])])]
							.sort((a, b) => a - b)
							.map((term) => (
								<option key={term} value={term}>
									{t('rules.retention.days', {
										count: term,
										n: formats.count(term),
									})}
								</option>
							))}
					</select>
					<p id={`keep-${kind}-what`}>{t(`rules.kind.${kind}.what`)}</p>
					{runOf(kind) && <p className="ra-rules__run">{runOf(kind)}</p>}
				</li>
			))}
		</ul>
	);
}
