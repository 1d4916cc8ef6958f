/* Reports of done tasks: what was reported and approved, by week and by person, and each of them. */
import { useState } from 'react';
import { Settings2, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { PeoplePanel, TaskTiles, WeeksPanel } from './sums';
import { TaskList } from './task-list';
import { TaskSettingsDialog } from './task-settings';
import { useTaskSettings, useTaskSummary } from './use-tasks';
import '../settings/settings.scss';
import './tasks.scss';

/* What managers have to know before there are reports. */
function SetupNote({ guild, onSetUp }: { guild: Guild; onSetUp: () => void }) {
	const { t } = useTranslation();
	const settings = useTaskSettings(guild.id, guild.can_manage).data;
	if (!settings || (settings.is_enabled && settings.sees_texts !== false)) return null;
	return (
		<div className="ra-problem" role="note">
			<TriangleAlert size={20} aria-hidden="true" />
			<div>
				<p>{t(settings.is_enabled ? 'tasks.blind' : 'tasks.off')}</p>
				<button type="button" className="ra-button" onClick={onSetUp}>
					{t('tasks.set_up')}
				</button>
			</div>
		</div>
	);
}

function Content({ guild, onSetUp }: { guild: Guild; onSetUp: () => void }) {
	const { data, error, refetch, isPlaceholderData } = useTaskSummary(guild.id);
	if (!data)
		return error ? (
			<ProblemNotice error={error} onRetry={() => void refetch()} />
		) : (
			<Skeleton height={120} lines={4} />
		);
	return (
		<div className="ra-tasks">
			<SetupNote guild={guild} onSetUp={onSetUp} />
			<TaskTiles summary={data} isStale={isPlaceholderData} />
			<TaskList guild={guild} people={data} />
			<WeeksPanel weeks={data.weeks} />
			<div className="ra-tasks__people">
				<PeoplePanel id="authors" people={data.authors} />
				<PeoplePanel id="curators" people={data.curators} />
			</div>
		</div>
	);
}

export function Tasks({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const [isOpen, setOpen] = useState(false);
	return (
		<GuildPage
			guildId={guildId}
			page="tasks"
			lead={t('tasks.lead')}
			hasCompare={false}
			tools={(guild) =>
				guild.can_manage && (
					<button type="button" className="ra-button" onClick={() => setOpen(true)}>
						<Settings2 size={16} aria-hidden="true" />
						{t('tasks.settings.title')}
					</button>
				)
			}
		>
			{(guild) => (
				<>
					<Content guild={guild} onSetUp={() => setOpen(true)} />
					{isOpen && <TaskSettingsDialog guild={guild} onClose={() => setOpen(false)} />}
				</>
			)}
		</GuildPage>
	);
}
