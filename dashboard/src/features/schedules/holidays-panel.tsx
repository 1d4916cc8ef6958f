/* Days that are not as the schedule says. */
import { useState, type FormEvent } from 'react';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Schedule } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { readSpans, spansText } from './minutes';
import { useChangeSchedule } from './use-schedule';

export function HolidaysPanel({ guild, schedule }: { guild: Guild; schedule: Schedule }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const change = useChangeSchedule(guild.id);
	const [day, setDay] = useState('');
	const [name, setName] = useState('');
	const [hours, setHours] = useState('');
	const open = readSpans(hours);
	const add = (event: FormEvent) => {
		event.preventDefault();
		if (!open) return;
		const holiday = name.trim() ? { name: name.trim(), open } : { open };
		change.mutate(
			{ part: 'holiday', day, holiday },
			{
				onSuccess: () => {
					setDay('');
					setName('');
					setHours('');
				},
			},
		);
	};
	return (
		<Panel
			id="holidays"
			title={t('schedules.holidays.title')}
			summary={t('schedules.holidays.summary')}
			className="is-half"
		>
			{schedule.holidays.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('schedules.holidays.empty')}</p>
				</div>
			)}
			<ul className="ra-schedule__rows">
				{schedule.holidays.map((holiday) => (
					<li key={holiday.day}>
						<strong>{formats.date(Date.parse(holiday.day), 'UTC')}</strong>
						<span>
							{holiday.name} {spansText(holiday.open) || t('schedules.closed')}
						</span>
						<button
							type="button"
							className="ra-icon-button"
							aria-label={t('schedules.holidays.delete', { day: holiday.day })}
							title={t('schedules.delete')}
							onClick={() =>
								change.mutate({ part: 'holiday', day: holiday.day, holiday: null })
							}
						>
							<Trash2 size={16} aria-hidden="true" />
						</button>
					</li>
				))}
			</ul>
			<form className="ra-form" onSubmit={add}>
				<div className="ra-form__pair">
					<label>
						{t('schedules.holidays.day')}
						<input
							className="form-control"
							type="date"
							required
							value={day}
							onChange={(event) => setDay(event.target.value)}
						/>
					</label>
					<label>
						{t('schedules.holidays.name')}
						<input
							className="form-control"
							maxLength={80}
							value={name}
							onChange={(event) => setName(event.target.value)}
						/>
					</label>
					<label>
						{t('schedules.holidays.open')}
						<input
							className="form-control"
							placeholder={t('schedules.closed')}
							aria-invalid={!open}
							value={hours}
							onChange={(event) => setHours(event.target.value)}
						/>
					</label>
				</div>
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions">
					<button className="ra-button" disabled={!open || change.isPending}>
						<Plus size={16} aria-hidden="true" />
						{t('schedules.holidays.add')}
					</button>
				</div>
			</form>
		</Panel>
	);
}
