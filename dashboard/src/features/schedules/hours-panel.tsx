/* Business hours, in versions: what was true then stays true then. */
import { useState, type FormEvent } from 'react';
import { Check, Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Schedule, ScheduleVersion } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { dayOf, isZone } from '@/lib/zone';
import { hoursOf, type Spans } from './minutes';
import { useChangeSchedule } from './use-schedule';
import { WeekGrid } from './week-grid';
import { ZoneField } from './zone-field';

/* The first version is true for all that was ever asked, so that old figures have hours, too. */
const FIRST_DAY = '2015-01-01';
const OFFICE: Spans = [0, 1, 2, 3, 4].map((day) => ({
	from: day * 1440 + 600,
	to: day * 1440 + 1200,
}));

function Editor({ guild, version }: { guild: Guild; version: ScheduleVersion }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const change = useChangeSchedule(guild.id);
	const [day, setDay] = useState(version.valid_from);
	const [zone, setZone] = useState(version.zone);
	const [week, setWeek] = useState<Spans>(version.week);
	const save = (event: FormEvent) => {
		event.preventDefault();
		if (isZone(zone)) change.mutate({ part: 'version', day, hours: { zone, week } });
	};
	return (
		<form className="ra-form" onSubmit={save}>
			<div className="ra-form__pair">
				<label>
					{t('schedules.valid_from')}
					<input
						className="form-control"
						type="date"
						required
						disabled={day === FIRST_DAY}
						value={day}
						onChange={(event) => setDay(event.target.value)}
					/>
				</label>
				<ZoneField zone={zone} onChange={setZone} />
			</div>
			<WeekGrid label={t('schedules.hours.title')} spans={week} onChange={setWeek} />
			{change.error && <ProblemNotice error={change.error} />}
			<div className="ra-form__actions">
				<span className="ra-form__sum">
					{t('schedules.hours.week', { n: formats.mean(hoursOf(week)) })}
				</span>
				{version.valid_from === day && day !== FIRST_DAY && (
					<button
						type="button"
						className="ra-button is-danger"
						onClick={() => change.mutate({ part: 'version', day, hours: null })}
					>
						<Trash2 size={16} aria-hidden="true" />
						{t('schedules.delete')}
					</button>
				)}
				<button className="ra-button is-primary" disabled={change.isPending}>
					<Check size={16} aria-hidden="true" />
					{t(change.isSuccess ? 'schedules.saved' : 'schedules.save')}
				</button>
			</div>
		</form>
	);
}

export function HoursPanel({ guild, schedule }: { guild: Guild; schedule: Schedule }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { versions } = schedule;
	const last = versions.at(-1);
	const [chosen, setChosen] = useState<string | null>(last?.valid_from ?? null);
	const [draft, setDraft] = useState<ScheduleVersion | null>(null);
	const shown = draft ?? versions.find(({ valid_from: day }) => day === chosen) ?? last;
	const begin = () =>
		setDraft({
			valid_from: last ? dayOf(Date.now(), guild.timezone) : FIRST_DAY,
			zone: last?.zone ?? guild.timezone,
			week: last?.week ?? OFFICE,
		});
	const nameOf = (day: string) =>
		day <= FIRST_DAY
			? t('schedules.hours.always')
			: t('schedules.hours.since', { day: formats.date(Date.parse(day), 'UTC') });
	return (
		<Panel
			id="hours"
			title={t('schedules.hours.title')}
			summary={t('schedules.hours.summary')}
			className="is-full"
		>
			<div className="ra-schedule__versions">
				{versions.map((version) => (
					<button
						key={version.valid_from}
						type="button"
						className="ra-button"
						aria-pressed={!draft && shown === version}
						onClick={() => {
							setDraft(null);
							setChosen(version.valid_from);
						}}
					>
						{nameOf(version.valid_from)}
					</button>
				))}
				<button type="button" className="ra-button" aria-pressed={!!draft} onClick={begin}>
					<Plus size={16} aria-hidden="true" />
					{t(last ? 'schedules.hours.add' : 'schedules.hours.first')}
				</button>
			</div>
			{shown ? (
				<Editor
					key={`${draft ? 'new' : ''}${shown.valid_from}${JSON.stringify(shown.week)}`}
					guild={guild}
					version={shown}
				/>
			) : (
				<div className="ra-empty is-small">
					<p>{t('schedules.hours.empty')}</p>
				</div>
			)}
		</Panel>
	);
}
