/* When backups are made and which are kept, with what that comes to. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackupSettings } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { usePreview, useSaveSettings } from './use-backups';

const SCHEDULES = {
	hourly: '0 * * * *',
	every4: '0 */4 * * *',
	every12: '0 */12 * * *',
	daily: '0 2 * * *',
	weekly: '0 2 * * 1',
	monthly: '0 2 1 * *',
} as const;
const NAMES = Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[];
const RUNGS = ['keep_last', 'keep_hourly', 'keep_daily', 'keep_weekly', 'keep_monthly'] as const;
const DRILLS = ['nightly', 'after_each', 'never'] as const;

const clockOf = (minute: number) =>
	`${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function minuteOf(clock: string): number {
	const [hours = 0, minutes = 0] = clock.split(':').map(Number);
	return hours * 60 + minutes;
}

function Preview({ settings }: { settings: BackupSettings }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data, error } = usePreview(settings);
	if (error) return <ProblemNotice error={error} />;
	if (!data) return null;
	const going = data.backups.filter((backup) => !backup.is_kept).length;
	return (
		<div className="ra-backups__preview" role="status">
			<p>
				{data.next.length === 0
					? t('backups.settings.never')
					: t('backups.settings.next', {
							times: formats.list(
								data.next.map((at) =>
									formats.dateTime(Date.parse(at), settings.zone),
								),
							),
						})}
			</p>
			{data.backups.length > 0 && (
				<p>
					{t('backups.settings.keeps', {
						count: data.backups.length - going,
						n: formats.count(data.backups.length - going),
					})}{' '}
					{going > 0 &&
						t('backups.settings.drops', { count: going, n: formats.count(going) })}
				</p>
			)}
		</div>
	);
}

export function SettingsPanel({ settings: stored }: { settings: BackupSettings }) {
	const { t } = useTranslation();
	const save = useSaveSettings();
	const guilds = (useGuilds().data ?? []).filter((guild) => guild.has_bot);
	const [settings, setSettings] = useState(stored);
	const set = (change: Partial<BackupSettings>) => {
		save.reset();
		setSettings({ ...settings, ...change });
	};
	const named = NAMES.find((name) => SCHEDULES[name] === settings.schedule);
	const [isOwn, setOwn] = useState(!named);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(settings);
	};
	const zones = Intl.supportedValuesOf('timeZone');
	return (
		<Panel id="backup-settings" title={t('backups.settings.title')}>
			<form className="ra-form ra-backups__form" onSubmit={submit}>
				<label className="is-check">
					<input
						type="checkbox"
						className="form-check-input"
						checked={settings.is_enabled}
						onChange={(event) => set({ is_enabled: event.target.checked })}
					/>
					{t('backups.settings.enabled')}
				</label>
				<div className="ra-backups__fields">
					<label>
						{t('backups.settings.schedule')}
						<select
							className="form-control"
							value={isOwn ? 'own' : named}
							onChange={(event) => {
								const name = NAMES.find((one) => one === event.target.value);
								setOwn(!name);
								if (name) set({ schedule: SCHEDULES[name] });
							}}
						>
							{NAMES.map((name) => (
								<option key={name} value={name}>
									{t(`backups.settings.rhythm.${name}`)}
								</option>
							))}
							<option value="own">{t('backups.settings.own')}</option>
						</select>
					</label>
					{isOwn && (
						<label>
							{t('backups.settings.cron')}
							<input
								className="form-control"
								required
								maxLength={120}
								spellCheck={false}
								value={settings.schedule}
								onChange={(event) => set({ schedule: event.target.value })}
							/>
						</label>
					)}
					<label>
						{t('backups.settings.zone')}
						<input
							className="form-control"
							required
							list="backup-zones"
							value={settings.zone}
							onChange={(event) => set({ zone: event.target.value })}
						/>
						<datalist id="backup-zones">
							{zones.map((zone) => (
								<option key={zone} value={zone} />
							))}
						</datalist>
					</label>
				</div>
				<fieldset>
					<legend>{t('backups.settings.keep')}</legend>
					<div className="ra-backups__fields is-numbers">
						{RUNGS.map((rung) => (
							<label key={rung}>
								{t(`backups.settings.${rung}`)}
								<input
									type="number"
									className="form-control"
									required
									min={rung === 'keep_last' ? 1 : 0}
									max={1000}
									value={settings[rung]}
									onChange={(event) =>
										set({ [rung]: event.target.valueAsNumber || 0 })
									}
								/>
							</label>
						))}
					</div>
				</fieldset>
				<div className="ra-backups__fields">
					<label>
						{t('backups.settings.drill')}
						<select
							className="form-control"
							value={settings.drill}
							onChange={(event) =>
								set({
									drill:
										DRILLS.find((one) => one === event.target.value) ??
										'nightly',
								})
							}
						>
							{DRILLS.map((drill) => (
								<option key={drill} value={drill}>
									{t(`backups.settings.drills.${drill}`)}
								</option>
							))}
						</select>
					</label>
					{settings.drill === 'nightly' && (
						<label>
							{t('backups.settings.drill_at')}
							<input
								type="time"
								className="form-control"
								required
								value={clockOf(settings.drill_minute)}
								onChange={(event) =>
									set({ drill_minute: minuteOf(event.target.value) })
								}
							/>
						</label>
					)}
				</div>
				<div>
					<label>
						{t('backups.settings.alarm')}
						<select
							className="form-control"
							value={settings.alarm_guild_id ?? ''}
							onChange={(event) =>
								set({ alarm_guild_id: event.target.value || null })
							}
						>
							<option value="">{t('backups.settings.alarm_nobody')}</option>
							{settings.alarm_guild_id &&
								!guilds.some((guild) => guild.id === settings.alarm_guild_id) && (
									<option>{settings.alarm_guild_id}</option>
								)}
							{guilds.map((guild) => (
								<option key={guild.id} value={guild.id}>
									{guild.name}
								</option>
							))}
						</select>
					</label>
					<p>{t('backups.settings.alarm_help')}</p>
				</div>
				<Preview settings={settings} />
				{save.error && <ProblemNotice error={save.error} />}
				<div className="ra-backups__buttons">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={save.isPending}
					>
						{t('backups.settings.save')}
					</button>
					{save.isSuccess && <span role="status">{t('backups.settings.saved')}</span>}
				</div>
			</form>
		</Panel>
	);
}
