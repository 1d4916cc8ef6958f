/* Who is staff, where it is looked, what an answer is: one form, saved at once. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useDirectory } from '@/api/use-directory';
import { Panel } from '@/components/panel';
import { IdPicker } from '../settings/id-picker';
import { MemberPicker } from '../settings/member-picker';
import { Mistakes } from './mistakes';
import { useDeskChange, type Desk, type DeskWish } from './use-rules';

interface PartProps {
	desk: Desk;
	set: (change: DeskWish) => void;
}

const UNITS = { s: 1, min: 60, h: 3600, d: 86400 } as const;
type Unit = keyof typeof UNITS;

interface SpanProps {
	name: 'merge_window_s' | 'reopen_window_s' | 'horizon_s' | 'good_s' | 'poor_s';
	unit: Unit;
	least: number;
	most: number;
}

/* A time, typed in the unit people think of it in. */
function Span({ desk, set, name, unit, least, most }: PartProps & SpanProps) {
	const { t } = useTranslation();
	const factor = UNITS[unit];
	return (
		<div className="ra-rules__field">
			<label>
				{t(`request_rules.desk.${name}`)}
				<span className="ra-desk__span">
					<input
						className="form-control"
						type="number"
						required
						min={least / factor}
						max={most / factor}
						step="any"
						value={desk[name] / factor}
						onChange={(event) =>
							set({ [name]: Math.round(Number(event.target.value) * factor) })
						}
					/>
					<span>{t(`request_rules.unit.${unit}`)}</span>
				</span>
			</label>
			<p className="ra-rules__help">{t(`request_rules.desk.${name}_help`)}</p>
		</div>
	);
}

const KINDS = ['counts_replies', 'counts_threads', 'counts_reactions', 'counts_claims'] as const;

function Answers({ desk, set }: PartProps) {
	const { t } = useTranslation();
	return (
		<fieldset className="ra-desk__answers">
			<legend>{t('request_rules.desk.answers')}</legend>
			{KINDS.map((kind) => (
				<label key={kind} className="ra-check">
					<input
						type="checkbox"
						checked={desk[kind]}
						onChange={(event) => set({ [kind]: event.target.checked })}
					/>
					{t(`request_rules.desk.${kind}`)}
				</label>
			))}
			<p className="ra-rules__help">{t('request_rules.desk.answers_help')}</p>
		</fieldset>
	);
}

function People({ guild, desk, set }: PartProps & { guild: Guild }) {
	const { t } = useTranslation();
	const names = useDirectory(guild.id, [], '').data;
	return (
		<>
			<IdPicker
				label={t('request_rules.desk.staff_roles')}
				help={t('request_rules.desk.staff_help', { count: desk.staff })}
				choices={(names?.roles ?? []).filter((role) => role.id !== guild.id)}
				chosen={desk.staff_roles}
				onChange={(ids) => set({ staff_roles: ids })}
			/>
			<MemberPicker
				guildId={guild.id}
				label={t('request_rules.desk.ignored_users')}
				chosen={desk.ignored_users}
				onChange={(ids) => set({ ignored_users: ids })}
			/>
			<IdPicker
				label={t('request_rules.desk.allowed_channels')}
				help={t('request_rules.desk.allowed_help')}
				choices={names?.channels ?? []}
				chosen={desk.allowed_channels}
				onChange={(ids) => set({ allowed_channels: ids })}
			/>
			<IdPicker
				label={t('request_rules.desk.denied_channels')}
				choices={names?.channels ?? []}
				chosen={desk.denied_channels}
				onChange={(ids) => set({ denied_channels: ids })}
			/>
		</>
	);
}

export function DeskForm({ guild, desk }: { guild: Guild; desk: Desk }) {
	const { t } = useTranslation();
	const save = useDeskChange(guild.id);
	const [change, setChange] = useState<DeskWish>({});
	const now: Desk = { ...desk, ...change };
	const set = (more: DeskWish) => setChange((last) => ({ ...last, ...more }));
	const isDirty = Object.keys(change).length > 0;
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(
			{ method: 'PUT', tail: '/desk', body: change },
			{ onSuccess: () => setChange({}) },
		);
	};
	return (
		<form className="ra-rules" onSubmit={onSubmit}>
			<Panel id="desk" title={t('request_rules.desk.title')}>
				<People guild={guild} desk={now} set={set} />
				<Answers desk={now} set={set} />
				<Span desk={now} set={set} name="merge_window_s" unit="min" least={0} most={3600} />
				<Span
					desk={now}
					set={set}
					name="reopen_window_s"
					unit="h"
					least={0}
					most={2592000}
				/>
				<Span desk={now} set={set} name="horizon_s" unit="h" least={600} most={2592000} />
				<Span desk={now} set={set} name="good_s" unit="s" least={1} most={86400} />
				<Span desk={now} set={set} name="poor_s" unit="s" least={1} most={604800} />
			</Panel>
			{save.error && <Mistakes error={save.error} />}
			{(isDirty || save.isSuccess) && (
				<div className="ra-rules__bar">
					<span role="status">{t(isDirty ? 'rules.unsaved' : 'rules.saved')}</span>
					{isDirty && (
						<>
							<button
								type="button"
								className="ra-button"
								onClick={() => setChange({})}
							>
								{t('rules.undo')}
							</button>
							<button
								type="submit"
								className="ra-button is-primary"
								disabled={save.isPending}
							>
								{t('common.save')}
							</button>
						</>
					)}
				</div>
			)}
		</form>
	);
}
