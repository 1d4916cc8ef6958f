/* The hours of a week as what they are, a table of 7 × 24; the colour is decoration on top of its texts. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import './week-heat.scss';

export interface WeekCell {
	/** of the colour, from 0 to 1 */
	level: number;
	text: string;
	title?: string;
	/** nothing is known of it */
	isOut?: boolean;
	/** to be looked at */
	isMarked?: boolean;
}

interface WeekHeatProps {
	caption: string;
	cell: (day: number, hour: number) => WeekCell;
	isTall?: boolean;
	/** for grids that scroll on their own */
	isRegion?: boolean;
	onPoint?: (place: { day: number; hour: number } | null) => void;
	children?: ReactNode;
}

const DAYS = Array.from({ length: 7 }, (_, day) => day);
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const classOf = (cell: WeekCell) =>
	[cell.isOut && 'is-out', cell.isMarked && 'is-marked'].filter(Boolean).join(' ') || undefined;

export function WeekHeat({ caption, cell, isTall, isRegion, onPoint, children }: WeekHeatProps) {
	const formats = useFormats();
	const region = isRegion ? { tabIndex: 0, role: 'region', 'aria-label': caption } : {};
	return (
		<div className={isTall ? 'ra-heat is-tall' : 'ra-heat'} {...region}>
			<table onMouseLeave={() => onPoint?.(null)}>
				<caption className="visually-hidden">{caption}</caption>
				<thead>
					<tr>
						<td />
						{HOURS.map((hour) => (
							<th
								key={hour}
								scope="col"
								className={hour % 3 ? 'is-minor' : undefined}
							>
								{hour}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{DAYS.map((day) => (
						<tr key={day}>
							<th scope="row">
								<abbr title={formats.weekday(day, 'long')}>
									{formats.weekday(day, 'short')}
								</abbr>
							</th>
							{HOURS.map((hour) => {
								const it = cell(day, hour);
								return (
									<td
										key={hour}
										title={it.title}
										style={{ '--ra-level': it.level.toFixed(3) }}
										className={classOf(it)}
										onMouseEnter={() =>
											onPoint?.(it.isOut ? null : { day, hour })
										}
									>
										<span>{it.text}</span>
									</td>
								);
							})}
						</tr>
					))}
				</tbody>
			</table>
			{children}
		</div>
	);
}

const LEVELS = [0, 0.25, 0.5, 0.75, 1];

/** Below a grid: what is pointed at, and what the colours mean. */
export function WeekHeatFoot({ children }: { children: ReactNode }) {
	const { t } = useTranslation();
	return (
		<div className="ra-heat__foot" aria-hidden="true">
			<span>{children}</span>
			<span className="ra-heat__scale">
				{t('heatmap.less')}
				{LEVELS.map((level) => (
					<i key={level} style={{ '--ra-level': level }} />
				))}
				{t('heatmap.more')}
			</span>
		</div>
	);
}
