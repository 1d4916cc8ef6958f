/* Cohorts as what they are, a table; colour says the share again, hatching that it may still change. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Retention } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import { useFormats } from '@/i18n/use-formats';
import { cellText, offsetText, shapeCohorts, weekText, type CohortRow } from './retention-data';

function Cells({
	answer,
	row,
	onPoint,
}: {
	answer: Retention;
	row: CohortRow;
	onPoint: (text: string | null) => void;
}) {
	const { t } = useTranslation();
	const formats = useFormats();
	return row.cells.map((cell, place) => {
		const kind = cell.share === null ? 'is-out' : cell.isComplete ? '' : 'is-open';
		const say = () =>
			onPoint(cell.share === null ? null : cellText(answer, row, place, t, formats));
		return (
			<td
				key={answer.offsets[place]}
				className={kind}
				style={{ '--ra-level': (cell.share ?? 0).toFixed(3) }}
				onMouseEnter={say}
			>
				{cell.share === null ? '—' : formats.share(cell.share)}
				{cell.share !== null && !cell.isComplete && (
					<span className="visually-hidden">
						{' '}
						{t('growth.incomplete_of', { joined: formats.count(row.joined ?? 0) })}
					</span>
				)}
			</td>
		);
	});
}

function Means({ answer }: { answer: Retention }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<tfoot>
			<tr>
				<th scope="row" colSpan={2}>
					{t('growth.mean')}
				</th>
				{answer.figures.map(({ key, value, previous }) => (
					<td key={key}>
						{value === null ? '—' : formats.share(value)}
						<ChangeMark
							value={value}
							previous={previous}
							show={(points) => formats.signed(points * 100)}
						/>
					</td>
				))}
			</tr>
		</tfoot>
	);
}

export function CohortTable({ answer }: { answer: Retention }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<string | null>(null);
	const title = t(`growth.${answer.kind}.title`);
	return (
		<>
			<div
				className="ra-table-scroll ra-cohorts__scroll"
				tabIndex={0}
				role="region"
				aria-label={title}
			>
				<table className="ra-cohorts" onMouseLeave={() => setPointed(null)}>
					<caption className="visually-hidden">{title}</caption>
					<thead>
						<tr>
							<th scope="col">{t('growth.week')}</th>
							<th scope="col" className="is-number">
								{t('growth.series.joins')}
							</th>
							{answer.offsets.map((offset) => (
								<th key={offset} scope="col">
									{offsetText(answer, offset, t)}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{shapeCohorts(answer).map((row) => (
							<tr key={row.day}>
								<th scope="row">{weekText(row.day, formats)}</th>
								<td className="is-count">
									{row.joined === null ? '—' : formats.count(row.joined)}
								</td>
								<Cells answer={answer} row={row} onPoint={setPointed} />
							</tr>
						))}
					</tbody>
					<Means answer={answer} />
				</table>
			</div>
			<p className="ra-cohorts__foot" aria-hidden="true">
				{pointed ?? (
					<>
						<i className="is-open" /> {t('growth.incomplete')}
					</>
				)}
			</p>
		</>
	);
}
