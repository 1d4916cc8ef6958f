/* What was done, one by one, with the way to it. */
import { useState } from 'react';
import { ClipboardCheck, MessageSquare, Reply, SmilePlus, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buildUrl } from '@/api/client';
import type { ActivityRow, Guild } from '@/api/types';
import { useActivities } from '@/api/use-curators';
import { ExportMenu } from '@/components/export-menu';
import { Pager } from '@/components/list/pager';
import { SearchField } from '@/components/list/search-field';
import { PAGE_ROWS } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';

type Kind = ActivityRow['kind'];
const KINDS = ['all', 'message', 'reply', 'reaction', 'task_verification'] as const;
const ICONS: Record<Kind, LucideIcon> = {
	message: MessageSquare,
	reply: Reply,
	reaction: SmilePlus,
	task_verification: ClipboardCheck,
};
/* A custom emoji is kept as name:id. */
const emojiText = (emoji: string) => (/^\w+:\d+$/.test(emoji) ? `:${emoji.split(':')[0]}:` : emoji);

function Line({ guild, row, hasName }: { guild: Guild; row: ActivityRow; hasName: boolean }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const Icon = ICONS[row.kind];
	const channel = row.channel.name ? `#${row.channel.name}` : t('lists.hidden_channel');
	return (
		<li>
			<Icon size={16} aria-hidden="true" />
			<div>
				<p>
					{hasName && (
						<>
							<bdi>
								<strong>{row.person.name || row.person.id}</strong>
							</bdi>
							{' · '}
						</>
					)}
					{t(`curators.log.kind.${row.kind}`)}
					{row.emoji && <> {emojiText(row.emoji)}</>}
					{row.target && (
						<> {t('curators.log.to', { name: row.target.name || row.target.id })}</>
					)}
					{' · '}
					<bdi>{channel}</bdi>
				</p>
				{row.excerpt && <p className="ra-log__excerpt">{row.excerpt}</p>}
				<p className="ra-log__links">
					<a href={row.url} target="_blank" rel="noreferrer">
						{t('curators.log.open')}
					</a>
					{row.target_url && (
						<a href={row.target_url} target="_blank" rel="noreferrer">
							{t('curators.log.open_target')}
						</a>
					)}
				</p>
			</div>
			<time dateTime={row.at}>{formats.dateTime(Date.parse(row.at), guild.timezone)}</time>
		</li>
	);
}

const NO_TABLE = { columns: [], rows: [] };

export function LogPanel({ guild, user }: { guild: Guild; user?: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const [kind, setKind] = useState<(typeof KINDS)[number]>('all');
	const [q, setQ] = useState('');
	const [page, setPage] = useState(1);
	const { period, from, to } = rangeQuery(view);
	const query = {
		period,
		from,
		to,
		user,
		q: q || undefined,
		kind: kind === 'all' ? undefined : kind,
	};
	const { data, error, refetch, isPlaceholderData } = useActivities(guild.id, {
		...query,
		limit: PAGE_ROWS,
		offset: (page - 1) * PAGE_ROWS,
	});
	const title = t('curators.log.title');
	const restart = (change: () => void) => {
		change();
		setPage(1);
	};
	return (
		<Panel
			id="log"
			className="is-full"
			title={title}
			isStale={isPlaceholderData}
			summary={
				data && t('curators.log.of', { count: data.total, n: formats.count(data.total) })
			}
			tools={
				<ExportMenu
					what={title}
					table={NO_TABLE}
					name="activities"
					wholeUrl={buildUrl(
						'/api/v1/guilds/{guild_id}/activities',
						{ guild_id: guild.id },
						query,
					)}
				/>
			}
		>
			<div className="ra-list__tools">
				<SearchField
					label={t('curators.log.find')}
					value={q}
					onSearch={(text) => restart(() => setQ(text))}
				/>
				<Segments
					label={t('curators.log.what')}
					options={KINDS.map((value) => ({
						value,
						text: t(`curators.log.only.${value}`),
					}))}
					value={kind}
					onChoose={(next) => restart(() => setKind(next))}
				/>
			</div>
			{!data && !error && <Skeleton height={28} lines={6} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data?.total === 0 && (
				<div className="ra-empty is-small">
					<p>{t(q || kind !== 'all' ? 'lists.not_found' : 'curators.log.none')}</p>
				</div>
			)}
			{data && data.total > 0 && (
				<>
					<ol className="ra-log">
						{data.rows.map((row) => (
							<Line
								key={`${row.kind}-${row.message_id}-${row.person.id}-${row.emoji ?? ''}`}
								guild={guild}
								row={row}
								hasName={!user}
							/>
						))}
					</ol>
					<Pager page={page} total={data.total} onPage={setPage} />
				</>
			)}
		</Panel>
	);
}
