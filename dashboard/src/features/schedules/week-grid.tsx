/*
 * A week to paint in, by the hour, with mouse or keyboard (arrows move, space paints, shift and an
 * arrow paints on); and the same by the day as text, for those who need minutes.
 */
import { useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import {
	DAYS,
	daySpans,
	hourFill,
	paintHour,
	readSpans,
	spansText,
	withDay,
	type Spans,
} from './minutes';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEK = Array.from({ length: DAYS }, (_, day) => day);
const STEPS: Record<string, [day: number, hour: number]> = {
	ArrowUp: [-1, 0],
	ArrowDown: [1, 0],
	ArrowLeft: [0, -1],
	ArrowRight: [0, 1],
};

interface WeekProps {
	label: string;
	spans: Spans;
	onChange: (spans: Spans) => void;
}

function DayField({ day, spans, onChange }: Omit<WeekProps, 'label'> & { day: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const own = spansText(daySpans(spans, day));
	const [typed, setTyped] = useState<string | null>(null);
	const isWrong = typed !== null && readSpans(typed) === null;
	const leave = () => {
		const read = typed === null ? null : readSpans(typed);
		if (read) onChange(withDay(spans, day, read));
		if (!isWrong) setTyped(null);
	};
	return (
		<label className="ra-week__day">
			<span>{formats.weekday(day, 'long')}</span>
			<input
				className="form-control"
				value={typed ?? own}
				placeholder={t('schedules.closed')}
				aria-invalid={isWrong}
				onChange={(event) => setTyped(event.target.value)}
				onBlur={leave}
				onKeyDown={(event) => event.key === 'Enter' && leave()}
			/>
		</label>
	);
}

export function WeekGrid({ label, spans, onChange }: WeekProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const table = useRef<HTMLTableElement>(null);
	const [[atDay, atHour], setAt] = useState<[number, number]>([0, 9]);
	const [brush, setBrush] = useState<boolean | null>(null);
	const isOpen = (day: number, hour: number) => hourFill(spans, day, hour) === 'all';
	const put = (day: number, hour: number, open: boolean) =>
		onChange(paintHour(spans, day, hour, open));

	const go = (event: KeyboardEvent, day: number, hour: number) => {
		const step = STEPS[event.key];
		if (event.key === ' ' || event.key === 'Enter') {
			event.preventDefault();
			put(day, hour, !isOpen(day, hour));
		} else if (step) {
			event.preventDefault();
			const next: [number, number] = [
				Math.min(DAYS - 1, Math.max(0, day + step[0])),
				Math.min(23, Math.max(0, hour + step[1])),
			];
			setAt(next);
			if (event.shiftKey) put(...next, isOpen(day, hour));
			table.current?.querySelector<HTMLElement>(`[data-at="${next[0]}-${next[1]}"]`)?.focus();
		}
	};

	return (
		<div className="ra-week">
			<div className="ra-week__scroll" onPointerLeave={() => setBrush(null)}>
				<table
					ref={table}
					role="grid"
					aria-label={label}
					onPointerUp={() => setBrush(null)}
				>
					<thead>
						<tr>
							<td />
							{HOURS.map((hour) => (
								<th key={hour} scope="col">
									{hour % 3 ? (
										<span className="visually-hidden">{hour}</span>
									) : (
										hour
									)}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{WEEK.map((day) => (
							<tr key={day}>
								<th scope="row">
									<abbr title={formats.weekday(day, 'long')}>
										{formats.weekday(day, 'short')}
									</abbr>
								</th>
								{HOURS.map((hour) => {
									const fill = hourFill(spans, day, hour);
									return (
										<td
											key={hour}
											role="gridcell"
											data-at={`${day}-${hour}`}
											className={`is-${fill}`}
											tabIndex={day === atDay && hour === atHour ? 0 : -1}
											aria-selected={fill === 'all'}
											aria-label={t(`schedules.hour.${fill}`, {
												weekday: formats.weekday(day, 'long'),
												hour,
											})}
											onKeyDown={(event) => go(event, day, hour)}
											onFocus={() => setAt([day, hour])}
											onPointerDown={(event) => {
												event.currentTarget.releasePointerCapture?.(
													event.pointerId,
												);
												setBrush(!isOpen(day, hour));
												put(day, hour, !isOpen(day, hour));
											}}
											onPointerEnter={() =>
												brush !== null && put(day, hour, brush)
											}
										/>
									);
								})}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<p className="ra-form__help">{t('schedules.grid_help')}</p>
			<div className="ra-week__days">
				{WEEK.map((day) => (
					<DayField key={day} day={day} spans={spans} onChange={onChange} />
				))}
			</div>
		</div>
	);
}
