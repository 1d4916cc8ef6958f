/* After how long, how often, where, and who is mentioned. */
import { useTranslation } from 'react-i18next';
import type { Notifications } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { Panel } from '@/components/panel';
import { IdPicker } from '@/features/settings/id-picker';
import { ChannelSelect, Field, Minutes, Switch } from './fields';
import type { PartProps } from './form';
import { useNotices } from './use-notices';

function useTarget(state: Notifications, guildId: string, targetId: string | null) {
	const isElsewhere = targetId !== null && targetId !== guildId;
	const other = useNotices(isElsewhere ? targetId : '');
	return { isElsewhere, choices: isElsewhere ? other.data : state };
}

function Place({ guildId, state, draft, set, mistakes }: PartProps) {
	const { t } = useTranslation();
	const guilds = useGuilds();
	const target = draft.channel_guild_id ?? guildId;
	const { choices } = useTarget(state, guildId, target);
	const others = (guilds.data ?? []).filter((one) => one.can_manage && one.id !== guildId);
	const isUnknown = target !== guildId && !others.some((one) => one.id === target);
	return (
		<>
			<div className="ra-notices__pair">
				{(others.length > 0 || target !== guildId) && (
					<Field
						label={t('notices_page.reminder.place')}
						help={t('notices_page.reminder.place_help')}
					>
						<select
							className="form-control"
							value={target}
							onChange={(event) =>
								set({
									channel_guild_id: event.target.value,
									channel_id: null,
									roles: [],
								})
							}
						>
							<option value={guildId}>{t('notices_page.reminder.here')}</option>
							{isUnknown && (
								<option value={target}>{state.target_guild?.name ?? target}</option>
							)}
							{others.map((one) => (
								<option key={one.id} value={one.id}>
									{one.name}
								</option>
							))}
						</select>
					</Field>
				)}
				<Field
					label={t('notices_page.reminder.channel')}
					mistake={mistakes.has('channel') && 'channel'}
				>
					<ChannelSelect
						channels={choices?.channels ?? []}
						value={draft.channel_id}
						none={t(
							choices
								? 'notices_page.reminder.choose'
								: 'notices_page.reminder.loading',
						)}
						isInvalid={mistakes.has('channel')}
						onChoose={(id) => set({ channel_id: id, channel_guild_id: target })}
					/>
				</Field>
			</div>
			<IdPicker
				label={t('notices_page.reminder.roles')}
				help={t('notices_page.reminder.roles_help')}
				choices={choices?.roles ?? []}
				chosen={draft.roles}
				onChange={(ids) => set({ roles: ids })}
			/>
		</>
	);
}

export function ReminderPanel(props: PartProps) {
	const { t } = useTranslation();
	const { draft, set, mistakes } = props;
	return (
		<Panel id="reminder" title={t('notices_page.reminder.title')}>
			<Switch
				text={t('notices_page.reminder.on')}
				isOn={draft.is_enabled}
				onSwitch={(isOn) => set({ is_enabled: isOn })}
			/>
			<div className="ra-notices__pair">
				<Field
					label={t('notices_page.reminder.delay')}
					help={t('notices_page.reminder.delay_help')}
					mistake={mistakes.has('delay') && 'delay'}
				>
					<Minutes
						seconds={draft.delay_s}
						empty={NaN}
						isInvalid={mistakes.has('delay')}
						onChange={(delay_s) => set({ delay_s })}
					/>
				</Field>
				<Field
					label={t('notices_page.reminder.repeat')}
					help={t('notices_page.reminder.repeat_help')}
					mistake={mistakes.has('repeat') && 'repeat'}
				>
					<Minutes
						seconds={draft.repeat_s}
						empty={0}
						isInvalid={mistakes.has('repeat')}
						onChange={(repeat_s) => set({ repeat_s })}
					/>
				</Field>
				{draft.repeat_s > 0 && (
					<Field label={t('notices_page.reminder.cap')}>
						<input
							type="number"
							className="form-control"
							min={1}
							max={20}
							required
							value={draft.repeat_cap || ''}
							onChange={(event) =>
								set({ repeat_cap: event.target.valueAsNumber || 0 })
							}
						/>
					</Field>
				)}
			</div>
			<Place {...props} />
		</Panel>
	);
}
