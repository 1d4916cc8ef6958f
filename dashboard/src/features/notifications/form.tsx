/* What is decided: one form, saved at once; nothing changes before. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild, NotificationSettings, Notifications } from '@/api/types';
import { useMe } from '@/api/use-me';
import { ProblemNotice } from '@/components/problem-notice';
import { ChainPanel } from './chain-panel';
import { mistakesOf, type Mistake } from './draft';
import { useMessageTexts, waitOf } from './message-texts';
import { Preview } from './preview';
import { ReminderPanel } from './reminder-panel';
import { ReportPanel } from './report-panel';
import { TestBar } from './test-bar';
import { TimesPanel } from './times-panel';
import { useSaveNotices } from './use-notices';
import type { Language } from '@/i18n';

export interface PartProps {
	guildId: string;
	state: Notifications;
	draft: NotificationSettings;
	mistakes: ReadonlySet<Mistake>;
	/** how long, in the reader's language */
	waitText: (seconds: number) => string;
	set: (change: Partial<NotificationSettings>) => void;
}

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
			<span role="status">{t(isDirty ? 'notices_page.unsaved' : 'notices_page.saved')}</span>
			{isDirty && (
				<>
					<button type="button" className="ra-button" onClick={onUndo}>
						{t('notices_page.undo')}
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

export function Form({ guild, state }: { guild: Guild; state: Notifications }) {
	const { i18n } = useTranslation();
	const me = useMe();
	const csrf = me.data?.csrf_token ?? '';
	const save = useSaveNotices(guild.id, csrf);
	const words = useMessageTexts(i18n.language as Language);
	const [change, setChange] = useState<Partial<NotificationSettings>>({});
	const [round, setRound] = useState(0); /* fields that keep what was typed begin anew */
	const draft = { ...state.settings, ...change };
	const isDirty = Object.keys(change).length > 0;
	const mistakes = mistakesOf(draft);
	const parts: PartProps = {
		guildId: guild.id,
		state,
		draft,
		mistakes,
		waitText: (seconds) =>
			words.data && Number.isFinite(seconds) ? waitOf(words.data, seconds) : '…',
		set: (more) => setChange((last) => ({ ...last, ...more })),
	};
	const clear = () => {
		setChange({});
		setRound((last) => last + 1);
	};
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(draft, { onSuccess: clear });
	};
	return (
		<form className="ra-rules ra-notices__form" onSubmit={onSubmit}>
			<div className="ra-notices__columns" key={round}>
				<div className="ra-notices__column">
					<ReminderPanel {...parts} />
					<ChainPanel {...parts} />
				</div>
				<div className="ra-notices__column">
					<Preview {...parts} />
					<TimesPanel {...parts} />
					<ReportPanel {...parts} />
				</div>
			</div>
			{save.error && <ProblemNotice error={save.error} />}
			<TestBar
				guild={guild}
				csrf={csrf}
				isDirty={isDirty}
				hasChannel={state.settings.channel_id !== null}
			/>
			<SaveBar
				isSaved={save.isSuccess}
				isDirty={isDirty}
				isPending={save.isPending}
				isValid={mistakes.size === 0}
				onUndo={clear}
			/>
		</form>
	);
}
