/* Where members report, and what makes a message a report. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useDirectory } from '@/api/use-directory';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { TermField } from '../request-rules/term-field';
import { IdPicker } from '../settings/id-picker';
import {
	useTaskChange,
	useTaskSettings,
	type TaskSettings,
	type TaskSettingsWish,
} from './use-tasks';

interface FormProps {
	guild: Guild;
	settings: TaskSettings;
	onDone: () => void;
}

function Form({ guild, settings, onDone }: FormProps) {
	const { t } = useTranslation();
	const names = useDirectory(guild.id, [], '').data;
	const save = useTaskChange(guild.id);
	const [change, setChange] = useState<TaskSettingsWish>({});
	const now: TaskSettings = { ...settings, ...change };
	const set = (more: TaskSettingsWish) => setChange((last) => ({ ...last, ...more }));
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate({ method: 'PUT', tail: '/task-settings', body: change }, { onSuccess: onDone });
	};
	return (
		<form className="ra-rules" onSubmit={onSubmit}>
			<label className="ra-check">
				<input
					type="checkbox"
					role="switch"
					checked={now.is_enabled}
					onChange={(event) => set({ is_enabled: event.target.checked })}
				/>
				{t('tasks.settings.on')}
			</label>
			<IdPicker
				label={t('tasks.settings.channels')}
				help={t('tasks.settings.channels_help')}
				choices={names?.channels ?? []}
				chosen={now.channels}
				onChange={(channels) => set({ channels })}
			/>
			<label className="ra-check">
				<input
					type="checkbox"
					checked={now.needs_call}
					onChange={(event) => set({ needs_call: event.target.checked })}
				/>
				{t('tasks.settings.needs_call')}
			</label>
			{now.needs_call && (
				<TermField
					label={t('tasks.settings.keywords')}
					help={t('tasks.settings.keywords_help')}
					example={t('tasks.settings.keywords_example')}
					terms={now.keywords}
					max={80}
					onChange={(keywords) => set({ keywords })}
				/>
			)}
			<p className="ra-rules__help">{t('tasks.settings.how')}</p>
			{save.error && <ProblemNotice error={save.error} />}
			<button type="submit" className="ra-button is-primary" disabled={save.isPending}>
				{t('common.save')}
			</button>
		</form>
	);
}

export function TaskSettingsDialog({ guild, onClose }: { guild: Guild; onClose: () => void }) {
	const { t } = useTranslation();
	const { data, error } = useTaskSettings(guild.id, guild.can_manage);
	return (
		<Dialog title={t('tasks.settings.title')} onClose={onClose}>
			{!data && !error && <Skeleton height={120} />}
			{error && <ProblemNotice error={error} />}
			{data && <Form guild={guild} settings={data} onDone={onClose} />}
		</Dialog>
	);
}
