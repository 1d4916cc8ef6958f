/* The columns of the leaderboard. */
import type { TFunction } from 'i18next';
import { Link } from 'wouter';
import type { Leaderboard, LeaderboardRow } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { ChangeMark } from '@/components/change-mark';
import type { ListColumn } from '@/components/list/list-table';
import { LevelBadge } from '@/features/curators/level-badge';
import { answerTime } from '@/features/curators/wait';
import type { Formats } from '@/lib/format';
import { keepRange } from '@/lib/view';

interface Setting {
	board: Leaderboard;
	t: TFunction;
	formats: Formats;
	search: URLSearchParams;
	/** the reader */
	myId: string | undefined;
}

/* To their page, in the first of the servers shown that the reader manages; one's own in any. */
function Name({ row, setting }: { row: LeaderboardRow; setting: Setting }) {
	const { board, t, search, myId } = setting;
	const home = board.guilds.find(
		(guild) => guild.is_chosen && (guild.can_manage || row.id === myId),
	);
	const name = row.name || t('lists.unknown_member');
	const kept = keepRange(search).toString();
	return (
		<span className="ra-name">
			<span className="ra-curators__rank">{row.rank}</span>
			<Avatar id={row.id} name={name} url={row.avatar_url} size={22} />
			<bdi>
				{home ? (
					<Link href={`/guilds/${home.id}/curators/${row.id}${kept ? `?${kept}` : ''}`}>
						{name}
					</Link>
				) : (
					name
				)}
			</bdi>
			{row.subdivision && <bdi className="ra-name__more">{row.subdivision}</bdi>}
			{!row.is_staff && <em className="ra-tag">{t('curators.leaderboard.former_tag')}</em>}
		</span>
	);
}

export function boardColumns(setting: Setting): ListColumn<LeaderboardRow>[] {
	const { board, t, formats } = setting;
	const count = (
		key: 'base' | 'responses' | 'tasks' | 'messages' | 'replies' | 'reactions',
		isQuiet = false,
	): ListColumn<LeaderboardRow> => ({
		key,
		title: t(`curators.column.${key}`),
		sort: key,
		isNumber: true,
		isQuiet,
		show: (row) => formats.count(row[key]),
	});
	return [
		{
			key: 'name',
			title: t('curators.column.name'),
			sort: 'name',
			isText: true,
			show: (row) => <Name row={row} setting={setting} />,
		},
		{
			key: 'score',
			title: t('curators.column.score'),
			sort: 'score',
			isNumber: true,
			show: (row) => (
				<>
					<strong>{formats.count(row.score)}</strong>{' '}
					<ChangeMark
						value={row.score}
						previous={row.previous_score}
						show={formats.signed}
					/>
				</>
			),
		},
		{
			key: 'level',
			title: t('curators.column.level'),
			show: (row) => <LevelBadge level={board.levels[row.level]} />,
		},
		count('base', true),
		{
			key: 'bonus',
			title: t('curators.column.bonus'),
			sort: 'bonus',
			isNumber: true,
			isQuiet: true,
			show: (row) => formats.signed(row.bonus),
		},
		count('responses'),
		{
			key: 'p50',
			title: t('curators.column.p50'),
			sort: 'p50',
			isText: true,
			isNumber: true,
			show: (row) => answerTime(row.p50_ms, formats),
		},
		count('tasks', true),
		count('messages', true),
		count('replies', true),
		count('reactions', true),
	];
}
