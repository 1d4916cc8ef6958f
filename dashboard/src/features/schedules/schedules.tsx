/* When somebody is there: hours, holidays, shifts, targets; and where that does not fit the requests. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import type { Guild } from '@/api/types';
import { CoverPanel } from './cover-panel';
import { HolidaysPanel } from './holidays-panel';
import { HoursPanel } from './hours-panel';
import { ShiftsPanel } from './shifts-panel';
import { TargetsPanel } from './targets-panel';
import { useSchedule } from './use-schedule';
import '@/components/list/list.scss';
import './schedules.scss';

function Parts({ guild }: { guild: Guild }) {
	const query = useSchedule(guild.id);
	const schedule = query.data;
	if (!schedule)
		return query.error ? (
			<ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
		) : (
			<Skeleton height={240} />
		);
	return (
		<div className="ra-grid">
			<CoverPanel guild={guild} />
			<HoursPanel guild={guild} schedule={schedule} />
			<TargetsPanel guild={guild} schedule={schedule} />
			<HolidaysPanel guild={guild} schedule={schedule} />
			<ShiftsPanel guild={guild} schedule={schedule} />
		</div>
	);
}

export function Schedules({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="schedules" lead={t('schedules.lead')} hasRange={false}>
			{(guild) => <Parts guild={guild} />}
		</GuildPage>
	);
}
