/* Which channels people talk in, and who they are. */
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useVoiceChannels, useVoiceMembers } from '@/api/use-voice';
import { Avatar } from '@/components/avatar';
import { ChangeMark } from '@/components/change-mark';
import { ChannelIcon } from '@/components/channel-icon';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { RankTable, type Rank } from '@/components/rank-table';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery, type VoiceRule } from '@/lib/view';

const SHOWN = 10;

interface ListProps {
	id: string;
	title: string;
	nameTitle: string;
	ranks: Rank[] | undefined;
	/** of a column between name and time */
	second?: string;
	error: Error | null;
	isStale: boolean;
	onRetry: () => void;
}

function List({ id, title, nameTitle, ranks, second, error, isStale, onRetry }: ListProps) {
	const { t } = useTranslation();
	const columns = [
		...(second ? [{ title: second, isQuiet: true }] : []),
		{ title: t('voice_page.time') },
		{ title: t('change.title'), isHidden: true },
	];
	return (
		<Panel id={id} title={title} className="is-half" isStale={isStale}>
			{!ranks && !error && <Skeleton height={28} lines={8} />}
			{error && !ranks && <ProblemNotice error={error} onRetry={onRetry} />}
			{ranks?.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('chart.empty.voice')}</p>
				</div>
			)}
			{ranks && ranks.length > 0 && (
				<RankTable caption={title} title={nameTitle} columns={columns} ranks={ranks} />
			)}
		</Panel>
	);
}

type Timed = Record<VoiceRule, number> & { previous: Record<VoiceRule, number> | null };

/* Those with time in voice, and what is said of each. */
function useTimes(rule: VoiceRule) {
	const formats = useFormats();
	return {
		some: <Row extends Timed>(rows: Row[] | undefined) => rows?.filter((row) => row[rule] > 0),
		share: (row: Timed, rows: Timed[]) => row[rule] / (rows[0]?.[rule] || 1),
		cells: (row: Timed) => [
			formats.duration(row[rule]),
			<ChangeMark key="change" value={row[rule]} previous={row.previous?.[rule] ?? null} />,
		],
	};
}

export function TopChannels({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const times = useTimes(view.rule);
	const query = useVoiceChannels(guild.id, rangeQuery(view), `-${view.rule}`, SHOWN);
	const rows = times.some(query.data?.rows);
	return (
		<List
			id="voice-channels"
			title={t('voice_page.channels')}
			nameTitle={t('top.channel')}
			second={t('top.writers')}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			ranks={rows?.map((row) => ({
				key: row.id ?? '',
				share: times.share(row, rows),
				icon: <ChannelIcon kind={row.kind} />,
				name: row.name || t('top.hidden_channel'),
				isUnnamed: !row.name,
				tag: row.is_deleted ? t('top.deleted') : undefined,
				cells: [formats.count(row.talkers), ...times.cells(row)],
			}))}
		/>
	);
}

export function TopMembers({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view] = useView();
	const times = useTimes(view.rule);
	const query = useVoiceMembers(guild.id, rangeQuery(view), `-${view.rule}`, SHOWN);
	const rows = times.some(query.data?.rows);
	return (
		<List
			id="voice-members"
			title={t('voice_page.members')}
			nameTitle={t('top.member')}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			ranks={rows?.map((row) => ({
				key: row.id,
				share: times.share(row, rows),
				icon: <Avatar id={row.id} name={row.name} url={row.avatar_url} size={20} />,
				name: row.name,
				tag: row.left_at ? t('top.left') : undefined,
				cells: times.cells(row),
			}))}
		/>
	);
}
