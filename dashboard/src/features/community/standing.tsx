/* The numbers of the range, their change, and how things stand now. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Community, Guild } from '@/api/types';
import { useCommunity, useInvites } from '@/api/use-community';
import { ChangeMark } from '@/components/change-mark';
import { ExplainButton } from '@/components/explain/explain-button';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { previousOf, totalOf, type CommunityKey } from './community-data';

const SUMS = ['bans', 'timeouts', 'boosts', 'commands'] as const satisfies readonly CommunityKey[];

interface CardProps {
	figure: 'bans' | 'timeouts' | 'boosts' | 'commands' | 'boosters' | 'known_joins';
	answer: Community;
	value: string;
	change?: ReactNode;
	beside?: string;
}

function Card({ figure, answer, value, change, beside }: CardProps) {
	const { t } = useTranslation();
	const name = t(`community.figure.${figure}.name`);
	return (
		<div className="ra-standing__card">
			<dt>
				{name}
				<ExplainButton
					explanation={{
						name,
						definition: t(`community.figure.${figure}.definition`),
						range: answer.range,
					}}
				/>
			</dt>
			<dd>
				<strong>{value}</strong> {change}
				{beside && <span>{beside}</span>}
			</dd>
		</div>
	);
}

function KnownJoins({ guild, answer }: { guild: Guild; answer: Community }) {
	const formats = useFormats();
	const [view] = useView();
	const { data } = useInvites(guild.id, rangeQuery(view), FIRST_INVITES);
	if (!data) return null;
	const known = data.joins - data.unknown;
	return (
		<Card
			figure="known_joins"
			answer={answer}
			value={data.joins ? formats.share(known / data.joins) : '—'}
			beside={`${formats.count(known)} / ${formats.count(data.joins)}`}
		/>
	);
}

/* The same question as the list below begins with, so it is asked once. */
export const FIRST_INVITES = { limit: 10, offset: 0, sort: '-joins', q: '' } as const;

export function Standing({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data } = useCommunity(guild.id, rangeQuery(view));
	if (!data) return null;
	const { boost_level: level, boosts, boosters, timed_out: timedOut } = data.now;
	return (
		<dl className="ra-standing">
			{SUMS.map((key) => (
				<Card
					key={key}
					figure={key}
					answer={data}
					value={formats.count(totalOf(data, key))}
					change={
						<ChangeMark
							value={totalOf(data, key)}
							previous={previousOf(data, key)}
							figure={key === 'bans' || key === 'timeouts' ? 'leaves' : null}
						/>
					}
					{...(key === 'timeouts' && {
						beside: t('community.timed_out_now', { n: formats.count(timedOut) }),
					})}
				/>
			))}
			<Card
				figure="boosters"
				answer={data}
				value={formats.count(boosters)}
				beside={
					level
						? t('community.level', { level, n: formats.count(boosts) })
						: t('community.level_0')
				}
			/>
			{guild.can_see_people && <KnownJoins guild={guild} answer={data} />}
		</dl>
	);
}
