/* Weekdays, quiet hours, shifts, and what is gathered into one message. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { knownZones } from '@/lib/zone';
import { clockOf, minuteOf } from './draft';
import { Field, Switch } from './fields';
import type { PartProps } from './form';

const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const QUIET = { quiet_from: 22 * 60, quiet_to: 9 * 60 };

function Weekdays({ draft, set, mistakes }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<fieldset className="ra-notices__days">
			<legend>{t('notices_page.times.days')}</legend>
			<div className="ra-segments">
				{DAYS.map((day) => (
					<button
						key={day}
						type="button"
						aria-label={`${formats.weekday(day, 'short')}, ${formats.weekday(day, 'long')}`}
						aria-pressed={(draft.weekdays & (1 << day)) !== 0}
						onClick={() => set({ weekdays: draft.weekdays ^ (1 << day) })}
					>
						{formats.weekday(day, 'short')}
					</button>
				))}
			</div>
			{mistakes.has('days') && (
				<p className="ra-notices__mistake" role="alert">
					{t('notices_page.mistake.days')}
				</p>
			)}
		</fieldset>
	);
}

function QuietHours({ draft, set, mistakes }: PartProps) {
	const { t } = useTranslation();
	const isOn = draft.quiet_from !== null;
	return (
		<div>
			<Switch
				text={t('notices_page.times.quiet_on')}
				isOn={isOn}
				onSwitch={(on) => set(on ? QUIET : { quiet_from: null, quiet_to: null })}
			/>
			{isOn && (
				<div
					className="ra-notices__span"
					role="group"
					aria-label={t('notices_page.times.quiet')}
				>
					{(['from', 'to'] as const).map((end) => (
						<label key={end}>
							{t(`notices_page.times.${end}`)}
							<input
								type="time"
								className="form-control"
								required
								aria-invalid={mistakes.has('quiet')}
								value={clockOf(draft[`quiet_${end}`] ?? 0)}
								onChange={(event) => {
									const minute = minuteOf(event.target.value);
									if (minute !== null) set({ [`quiet_${end}`]: minute });
								}}
							/>
						</label>
					))}
				</div>
			)}
			{mistakes.has('quiet') && (
				<p className="ra-notices__mistake" role="alert">
					{t('notices_page.mistake.quiet')}
				</p>
			)}
		</div>
	);
}

export function TimesPanel(props: PartProps) {
	const { t } = useTranslation();
	const { state, draft, set, mistakes } = props;
	const [zones] = useState(knownZones);
	return (
		<Panel id="times" title={t('notices_page.times.title')}>
			<Weekdays {...props} />
			<QuietHours {...props} />
			<Field
				label={t('notices_page.times.zone')}
				help={t('notices_page.times.zone_help', { zone: state.guild_zone })}
				mistake={mistakes.has('zone') && 'zone'}
			>
				<input
					className="form-control"
					list="ra-notice-zones"
					value={draft.zone}
					placeholder={state.guild_zone}
					autoComplete="off"
					spellCheck={false}
					aria-invalid={mistakes.has('zone')}
					onChange={(event) => set({ zone: event.target.value.trim() })}
				/>
			</Field>
			<datalist id="ra-notice-zones">
				{zones.map((name) => (
					<option key={name} value={name} />
				))}
			</datalist>
			<Switch
				text={t('notices_page.times.shift')}
				help={t(
					draft.holds_for_shift && !state.has_shifts
						? 'notices_page.times.no_shifts'
						: 'notices_page.times.shift_help',
				)}
				isOn={draft.holds_for_shift}
				onSwitch={(isOn) => set({ holds_for_shift: isOn })}
			/>
			<Field label={t('notices_page.times.storm')} help={t('notices_page.times.storm_help')}>
				<input
					type="number"
					className="form-control"
					min={2}
					max={50}
					required
					value={draft.storm || ''}
					onChange={(event) => set({ storm: event.target.valueAsNumber || 0 })}
				/>
			</Field>
		</Panel>
	);
}
