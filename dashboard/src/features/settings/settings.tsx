/* What a community decides: one form, saved at once; nothing changes before. */
import { useState, type FormEvent } from 'react';
import { PackageOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild, Settings as Rules, SettingsChange } from '@/api/types';
import { useChangeGuild } from '@/api/use-change-guild';
import { useMe } from '@/api/use-me';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { isZone } from '@/lib/zone';
import { AccessPanel, ClockPanel, CountPanel, KeepPanel, OptInPanel } from './panels';
import { useSettings } from './use-settings';
import './settings.scss';

interface SaveBarProps {
	isSaved: boolean;
	isDirty: boolean;
	isPending: boolean;
	isValid: boolean;
	onUndo: () => void;
}

function SaveBar({ isSaved, isDirty, isPending, isValid, onUndo }: SaveBarProps) {
	const { t } = useTranslation();
	if (!isDirty && !isSaved) return null;
	return (
		<div className="ra-rules__bar">
			<span role="status">{t(isDirty ? 'rules.unsaved' : 'rules.saved')}</span>
			{isDirty && (
				<>
					<button type="button" className="ra-button" onClick={onUndo}>
						{t('rules.undo')}
					</button>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={isPending || !isValid}
					>
						{t('common.save')}
					</button>
				</>
			)}
		</div>
	);
}

function Form({ guild, rules }: { guild: Guild; rules: Rules }) {
	const me = useMe();
	const save = useChangeGuild(guild.id, me.data?.csrf_token ?? '');
	const [change, setChange] = useState<SettingsChange>({});
	const now: Rules = { ...rules, ...change };
	const set = (more: SettingsChange) => setChange((last) => ({ ...last, ...more }));

	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(change, { onSuccess: () => setChange({}) });
	};
	return (
		<form className="ra-rules" onSubmit={onSubmit}>
			<ClockPanel rules={now} set={set} />
			<CountPanel guildId={guild.id} rules={now} set={set} />
			<AccessPanel guildId={guild.id} rules={now} set={set} />
			<KeepPanel rules={now} set={set} />
			<OptInPanel rules={now} set={set} />
			{save.error && <ProblemNotice error={save.error} />}
			<SaveBar
				isSaved={save.isSuccess}
				isDirty={Object.keys(change).length > 0}
				isPending={save.isPending}
				isValid={isZone(now.timezone)}
				onUndo={() => setChange({})}
			/>
		</form>
	);
}

export function Settings({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const rules = useSettings(guildId);
	return (
		<GuildPage guildId={guildId} page="settings" lead={t('rules.lead')} hasRange={false}>
			{(guild) => (
				<>
					{rules.isPending && <Skeleton height={120} lines={4} />}
					{rules.error && (
						<ProblemNotice error={rules.error} onRetry={() => void rules.refetch()} />
					)}
					{rules.data && <Form guild={guild} rules={rules.data} />}
					<p className="ra-rules__whole">
						<Link href={`/guilds/${guild.id}/exports`} className="ra-button">
							<PackageOpen size={16} aria-hidden="true" />
							{t('rules.whole')}
						</Link>
					</p>
				</>
			)}
		</GuildPage>
	);
}
