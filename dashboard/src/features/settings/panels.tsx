/* The parts of the settings form, each with what it means in plain words. */
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings, SettingsChange } from '@/api/types';
import { useDirectory } from '@/api/use-directory';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { isZone, knownZones } from '@/lib/zone';
import { IdPicker } from './id-picker';
import { MemberPicker } from './member-picker';
import { RetentionTable } from './retention-table';

interface PartProps {
	rules: Settings;
	set: (change: SettingsChange) => void;
}
interface GuildPartProps extends PartProps {
	guildId: string;
}

interface SwitchProps {
	text: string;
	help?: string;
	isOn: boolean;
	isDisabled?: boolean;
	onSwitch: (isOn: boolean) => void;
}

function Switch({ text, help, isOn, isDisabled, onSwitch }: SwitchProps) {
	return (
		<div className="ra-rules__switch">
			<label className="ra-check">
				<input
					type="checkbox"
					role="switch"
					checked={isOn}
					disabled={isDisabled}
					onChange={(event) => onSwitch(event.target.checked)}
				/>
				{text}
			</label>
			{help && <p className="ra-rules__help">{help}</p>}
		</div>
	);
}

function Field({ label, help, children }: { label: string; help?: string; children: ReactNode }) {
	return (
		<div className="ra-rules__field">
			<label>
				{label}
				{children}
			</label>
			{help && <p className="ra-rules__help">{help}</p>}
		</div>
	);
}

/** 2024-01-01 was a Monday. */
const weekdayOf = (formats: ReturnType<typeof useFormats>, day: number) =>
	formats.weekday(day - 1, 'long');

export function ClockPanel({ rules, set }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [zones] = useState(knownZones);
	const [openedAt] = useState(() => Date.now());
	const isKnown = isZone(rules.timezone);
	return (
		<Panel id="clock" title={t('rules.clock.title')}>
			<Field
				label={t('rules.clock.zone')}
				help={
					isKnown
						? t('rules.clock.zone_help', {
								time: formats.time(openedAt, rules.timezone),
							})
						: t('rules.clock.zone_unknown')
				}
			>
				<input
					className="form-control"
					list="ra-all-zones"
					value={rules.timezone}
					autoComplete="off"
					spellCheck={false}
					aria-invalid={!isKnown}
					onChange={(event) => set({ timezone: event.target.value.trim() })}
				/>
			</Field>
			<datalist id="ra-all-zones">
				{zones.map((name) => (
					<option key={name} value={name} />
				))}
			</datalist>
			<Field label={t('rules.clock.week')} help={t('rules.clock.week_help')}>
				<select
					className="form-control"
					value={rules.week_start}
					onChange={(event) => set({ week_start: Number(event.target.value) })}
				>
					{[1, 2, 3, 4, 5, 6, 7].map((day) => (
						<option key={day} value={day}>
							{weekdayOf(formats, day)}
						</option>
					))}
				</select>
			</Field>
			<Field label={t('rules.clock.language')} help={t('rules.clock.language_help')}>
				<select
					className="form-control"
					value={rules.language}
					onChange={(event) =>
						set({ language: event.target.value as Settings['language'] })
					}
				>
					<option value="">{t('rules.clock.language_auto')}</option>
					<option value="en">English</option>
					<option value="ru">Русский</option>
				</select>
			</Field>
		</Panel>
	);
}

/* What makes a member active; one of them has to. */
const ACTIVE_BY = [
	'is_active_by_messages',
	'is_active_by_voice',
	'is_active_by_reactions',
] as const;

export function CountPanel({ guildId, rules, set }: GuildPartProps) {
	const { t } = useTranslation();
	const names = useDirectory(guildId, [], '').data;
	return (
		<Panel id="count" title={t('rules.count.title')} summary={t('rules.count.lead')}>
			<IdPicker
				label={t('rules.count.channels')}
				choices={names?.channels ?? []}
				chosen={rules.excluded_channels}
				onChange={(ids) => set({ excluded_channels: ids })}
			/>
			<IdPicker
				label={t('rules.count.roles')}
				choices={names?.roles ?? []}
				chosen={rules.excluded_roles}
				onChange={(ids) => set({ excluded_roles: ids })}
			/>
			<MemberPicker
				guildId={guildId}
				label={t('rules.count.members')}
				chosen={rules.excluded_members}
				onChange={(ids) => set({ excluded_members: ids })}
			/>
			<Switch
				text={t('rules.count.bots')}
				help={t('rules.count.bots_help')}
				isOn={rules.excludes_bots}
				onSwitch={(isOn) => set({ excludes_bots: isOn })}
			/>
			<Switch
				text={t('rules.count.afk')}
				help={t('rules.count.afk_help')}
				isOn={rules.afk_rule}
				onSwitch={(isOn) => set({ afk_rule: isOn })}
			/>
			<fieldset className="ra-rules__group">
				<legend className="form-label">{t('rules.count.active')}</legend>
				<p className="ra-rules__help">{t('rules.count.active_help')}</p>
				{ACTIVE_BY.map((key) => (
					<Switch
						key={key}
						text={t(`rules.count.${key}`)}
						isOn={rules[key]}
						isDisabled={rules[key] && ACTIVE_BY.filter((k) => rules[k]).length === 1}
						onSwitch={(isOn) => set({ [key]: isOn })}
					/>
				))}
			</fieldset>
		</Panel>
	);
}

export function AccessPanel({ guildId, rules, set }: GuildPartProps) {
	const { t } = useTranslation();
	const names = useDirectory(guildId, [], '').data;
	return (
		<Panel id="access" title={t('rules.access.title')}>
			<ul className="ra-rules__facts">
				<li>{t('rules.access.managers')}</li>
				<li>{t('rules.access.insights')}</li>
				<li>{t('rules.access.own')}</li>
			</ul>
			<IdPicker
				label={t('rules.access.roles')}
				help={t('rules.access.roles_help')}
				choices={names?.roles ?? []}
				chosen={rules.viewer_roles}
				onChange={(ids) => set({ viewer_roles: ids })}
			/>
		</Panel>
	);
}

const GRACES = [0, 7, 30, 90, 365] as const;

export function KeepPanel({ rules, set }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<Panel id="keep" title={t('rules.retention.title')} summary={t('rules.retention.lead')}>
			<RetentionTable
				days={rules.retention_days}
				runs={rules.retention}
				zone={isZone(rules.timezone) ? rules.timezone : 'UTC'}
				onChange={(days) => set({ retention_days: days })}
			/>
			<Field label={t('rules.leaving.title')} help={t('rules.leaving.help')}>
				<select
					className="form-control"
					value={rules.leave_grace_days ?? ''}
					onChange={(event) =>
						set({
							leave_grace_days:
								event.target.value === '' ? null : Number(event.target.value),
						})
					}
				>
					{[
						...new Set([
							...GRACES,
							...(rules.leave_grace_days === null ? [] : [rules.leave_grace_days]),
						]),
					]
						.sort((a, b) => a - b)
						.map((days) => (
							<option key={days} value={days}>
								{days === 0
									? t('rules.leaving.at_once')
									: t('rules.leaving.after', {
											count: days,
											n: formats.count(days),
										})}
							</option>
						))}
					<option value="">{t('rules.leaving.never')}</option>
				</select>
			</Field>
		</Panel>
	);
}

export function OptInPanel({ rules, set }: PartProps) {
	const { t } = useTranslation();
	return (
		<Panel id="opt-in" title={t('rules.opt_in.title')} summary={t('rules.opt_in.lead')}>
			<Switch
				text={t('rules.opt_in.presence')}
				help={t('rules.opt_in.presence_help')}
				isOn={rules.wants_presence}
				onSwitch={(isOn) => set({ wants_presence: isOn })}
			/>
			<Switch
				text={t('rules.opt_in.excerpts')}
				help={t('rules.opt_in.excerpts_help')}
				isOn={rules.wants_excerpts}
				onSwitch={(isOn) => set({ wants_excerpts: isOn })}
			/>
		</Panel>
	);
}
