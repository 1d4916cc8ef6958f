import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild, TopMember } from '@/api/types';
import { useTopMembers } from '@/api/use-tops';
import { Avatar } from '@/components/avatar';
import { ChangeMark } from '@/components/change-mark';
import { ExportMenu } from '@/components/export-menu';
import { useDetailHref } from '@/components/list/names';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { MEASURES, rangeQuery, type Measure } from '@/lib/view';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { barShare, measureOf, membersTable } from './top-data';
import './top.scss';

const SHOWN = 8;

interface RowProps {
	guildId: string;
	member: TopMember;
	top: number;
	by: Measure;
}

function Row({ guildId, member, top, by }: RowProps) {
	const href = useDetailHref(guildId);
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<tr>
			<th scope="row">
				<span
					className="ra-top__bar"
					style={{ '--ra-share': barShare(measureOf(member, by), top) }}
				/>
				<span className="ra-top__name">
					<Avatar id={member.id} name={member.name} url={member.avatar_url} size={20} />
					<bdi>
						<Link href={href('members', member.id)}>{member.name}</Link>
					</bdi>
					{member.has_left && <em className="ra-tag">{t('top.left')}</em>}
				</span>
			</th>
			<td className={`is-number${by === 'voice' ? '' : ' is-quiet'}`}>
				{member.voice_ms ? formats.duration(member.voice_ms) : '—'}
			</td>
			<td className={`is-number${by === 'messages' ? '' : ' is-quiet'}`}>
				{formats.count(member.messages)}
			</td>
			<td className="is-number">
				<ChangeMark value={member.messages} previous={member.previous_messages} />
			</td>
		</tr>
	);
}

export function TopMembersPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const { by } = view;
	const { data, error, refetch, isPlaceholderData } = useTopMembers(
		guild.id,
		rangeQuery(view),
		by,
		SHOWN,
	);
	const first = data?.members[0];
	return (
		<Panel
			id="top-members"
			className="is-narrow"
			title={t('top.members')}
			isStale={isPlaceholderData}
			controls={
				<Segments
					label={t('top.by')}
					options={MEASURES.map((value) => ({ value, text: t(`measure.${value}`) }))}
					value={by}
					onChoose={(next) => setView({ by: next })}
				/>
			}
			tools={
				data && (
					<ExportMenu
						what={t('top.members')}
						table={membersTable(data, t)}
						name={exportName(guild, `top-members-${by}`, data.range)}
					/>
				)
			}
		>
			{!data && !error && <Skeleton height={28} lines={8} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && !first && (
				<div className="ra-empty is-small">
					<p>{t('top.no_members')}</p>
				</div>
			)}
			{data && first && (
				<table className="ra-top">
					<caption className="visually-hidden">{t('top.members')}</caption>
					<thead>
						<tr>
							<th scope="col">{t('top.member')}</th>
							<th
								scope="col"
								className={`is-number${by === 'voice' ? '' : ' is-quiet'}`}
							>
								{t('measure.voice')}
							</th>
							<th
								scope="col"
								className={`is-number${by === 'messages' ? '' : ' is-quiet'}`}
							>
								{t('top.messages')}
							</th>
							<th scope="col" className="is-number">
								<span className="visually-hidden">{t('change.title')}</span>
							</th>
						</tr>
					</thead>
					<tbody>
						{data.members.map((member) => (
							<Row
								key={member.id}
								guildId={guild.id}
								member={member}
								by={by}
								top={measureOf(first, by)}
							/>
						))}
					</tbody>
				</table>
			)}
		</Panel>
	);
}
