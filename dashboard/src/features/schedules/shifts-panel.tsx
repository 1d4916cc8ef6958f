/* Who of the staff is on when, week after week. */
import { useState, type FormEvent } from 'react';
import { Check, Pencil, Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Schedule, Shift } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { Dialog } from '@/components/dialog';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { dayOf, isZone } from '@/lib/zone';
import { DAYS, daySpans, hoursOf, spansText } from './minutes';
import { useChangeSchedule } from './use-schedule';
import { WeekGrid } from './week-grid';
import { ZoneField } from './zone-field';

type Worker = Schedule['staff'][number];

/* `пн 08:00–14:00, вт ...` */
function useWeekText() {
	const formats = useFormats();
	return ({ week }: Shift) =>
		Array.from({ length: DAYS }, (_, day) => {
			const own = spansText(daySpans(week, day));
			return own && `${formats.weekday(day, 'short')} ${own}`;
		})
			.filter(Boolean)
			.join(' · ');
}

function ShiftFields({
	shift,
	onChange,
	onDelete,
}: {
	shift: Shift;
	onChange: (shift: Shift) => void;
	onDelete: () => void;
}) {
	const { t } = useTranslation();
	return (
		<fieldset className="ra-schedule__shift">
			<div className="ra-form__pair">
				<label>
					{t('schedules.valid_from')}
					<input
						className="form-control"
						type="date"
						required
						value={shift.valid_from}
						onChange={(event) => onChange({ ...shift, valid_from: event.target.value })}
					/>
				</label>
				<label>
					{t('schedules.valid_until')}
					<input
						className="form-control"
						type="date"
						min={shift.valid_from}
						value={shift.valid_until ?? ''}
						onChange={(event) =>
							onChange({ ...shift, valid_until: event.target.value || null })
						}
					/>
				</label>
				<ZoneField zone={shift.zone} onChange={(zone) => onChange({ ...shift, zone })} />
			</div>
			<WeekGrid
				label={t('schedules.shifts.title')}
				spans={shift.week}
				onChange={(week) => onChange({ ...shift, week })}
			/>
			<div className="ra-form__actions">
				<label className="ra-check">
					<input
						type="checkbox"
						checked={shift.is_on_call ?? false}
						onChange={(event) =>
							onChange({ ...shift, is_on_call: event.target.checked })
						}
					/>
					{t('schedules.shifts.on_call')}
				</label>
				<button type="button" className="ra-button is-danger" onClick={onDelete}>
					<Trash2 size={16} aria-hidden="true" />
					{t('schedules.delete')}
				</button>
			</div>
		</fieldset>
	);
}

function ShiftsDialog(props: { guild: Guild; worker: Worker; zone: string; onClose: () => void }) {
	const { guild, worker, zone, onClose } = props;
	const { t } = useTranslation();
	const change = useChangeSchedule(guild.id);
	const [today] = useState(() => dayOf(Date.now(), guild.timezone));
	const begin = (): Shift => ({
		zone,
		week: [],
		valid_from: today,
		valid_until: null,
		is_on_call: false,
	});
	const [shifts, setShifts] = useState(worker.shifts.length ? worker.shifts : [begin()]);
	const save = (event: FormEvent) => {
		event.preventDefault();
		if (!shifts.every((shift) => isZone(shift.zone))) return;
		change.mutate({ part: 'shifts', user: worker.id, shifts }, { onSuccess: onClose });
	};
	return (
		<Dialog title={t('schedules.shifts.of', { name: worker.name })} onClose={onClose}>
			<form className="ra-form" onSubmit={save}>
				{shifts.map((shift, index) => (
					<ShiftFields
						key={index}
						shift={shift}
						onChange={(next) => setShifts(shifts.with(index, next))}
						onDelete={() => setShifts(shifts.toSpliced(index, 1))}
					/>
				))}
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions">
					<button
						type="button"
						className="ra-button"
						onClick={() => setShifts([...shifts, begin()])}
					>
						<Plus size={16} aria-hidden="true" />
						{t('schedules.shifts.add')}
					</button>
					<button className="ra-button is-primary" disabled={change.isPending}>
						<Check size={16} aria-hidden="true" />
						{t('schedules.save')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

export function ShiftsPanel({ guild, schedule }: { guild: Guild; schedule: Schedule }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const weekText = useWeekText();
	const [edited, setEdited] = useState<string | null>(null);
	const worker = schedule.staff.find(({ id }) => id === edited);
	return (
		<Panel
			id="shifts"
			title={t('schedules.shifts.title')}
			summary={t('schedules.shifts.summary')}
			className="is-full"
		>
			{schedule.staff.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('schedules.shifts.empty')}</p>
				</div>
			)}
			<ul className="ra-schedule__rows">
				{schedule.staff.map((one) => (
					<li key={one.id}>
						<span className="ra-name">
							<Avatar id={one.id} name={one.name} url={one.avatar_url} size={22} />
							<bdi>{one.name}</bdi>
							{!one.is_staff && (
								<em className="ra-tag">{t('schedules.shifts.left')}</em>
							)}
							{one.shifts.some((shift) => shift.is_on_call) && (
								<em className="ra-tag">{t('schedules.shifts.on_call_tag')}</em>
							)}
						</span>
						<span>
							{one.shifts.length
								? `${one.shifts.map(weekText).join('; ')} (${t(
										'schedules.hours.week',
										{
											n: formats.mean(
												one.shifts.reduce(
													(sum, { week }) => sum + hoursOf(week),
													0,
												),
											),
										},
									)})`
								: t('schedules.shifts.none')}
						</span>
						<button
							type="button"
							className="ra-icon-button"
							aria-label={t('schedules.shifts.edit', { name: one.name })}
							title={t('schedules.shifts.edit', { name: one.name })}
							onClick={() => setEdited(one.id)}
						>
							<Pencil size={16} aria-hidden="true" />
						</button>
					</li>
				))}
			</ul>
			{worker && (
				<ShiftsDialog
					guild={guild}
					worker={worker}
					zone={schedule.versions.at(-1)?.zone ?? guild.timezone}
					onClose={() => setEdited(null)}
				/>
			)}
		</Panel>
	);
}
