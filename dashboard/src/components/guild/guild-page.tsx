/*
 * One page of a guild: its title, the range it is about, what can be done with it. Its content is
 * drawn when the guild is known; the frame around it (guild-frame.tsx) stays from page to page.
 */
import type { ReactNode } from 'react';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import type { Guild } from '@/api/types';
import { useGuild } from '@/api/use-guild';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { Toolbar } from '@/components/toolbar/toolbar';
import { guildHref, type GuildPageKey } from '@/lib/guild-pages';
import { useTitle } from '@/lib/use-title';
import { GuildNotices } from './guild-notices';

interface GuildPageProps {
	guildId: string;
	page: GuildPageKey;
	/** of a page below a page, such as one channel; without it the page's own name */
	title?: string;
	/** a sentence below the title, on pages that are about no range */
	lead?: ReactNode;
	/** whether the period is chosen here */
	hasRange?: boolean;
	/** whether it is compared with another */
	hasCompare?: boolean;
	/** whether another guild can stand in for another time */
	hasOthers?: boolean;
	/** small buttons at the far end */
	tools?: (guild: Guild) => ReactNode;
	children: (guild: Guild) => ReactNode;
}

function Trail({ guildId, page }: { guildId: string; page: GuildPageKey }) {
	const { t } = useTranslation();
	const [search] = useSearchParams();
	return (
		<Link href={guildHref(guildId, page, search)} className="ra-trail">
			<ArrowLeft size={16} aria-hidden="true" />
			{t(`page.${page}`)}
		</Link>
	);
}

export function GuildPage(props: GuildPageProps) {
	const { guildId, page, lead, hasRange = true, hasCompare = true, tools, children } = props;
	const { hasOthers = false } = props;
	const { t } = useTranslation();
	const guild = useGuild(guildId);
	const own = page === 'overview' ? guild.data?.name : t(`page.${page}`);
	const title = props.title ?? own ?? '';
	useTitle(page === 'overview' ? title : `${title} · ${guild.data?.name ?? ''}`);

	if (!guild.data)
		return guild.error ? (
			<ProblemNotice error={guild.error} onRetry={() => void guild.refetch()} />
		) : (
			<Skeleton height={120} lines={4} />
		);
	return (
		<>
			{props.title && <Trail guildId={guildId} page={page} />}
			{hasRange ? (
				<Toolbar
					guild={guild.data}
					title={title}
					hasCompare={hasCompare}
					hasOthers={hasOthers}
					tools={tools?.(guild.data)}
				/>
			) : (
				<header className="ra-toolbar">
					<div className="ra-toolbar__title">
						<h1>{title}</h1>
						{lead && <p className="ra-range">{lead}</p>}
					</div>
					{tools && <div className="ra-toolbar__tools">{tools(guild.data)}</div>}
				</header>
			)}
			{hasRange && <GuildNotices guild={guild.data} />}
			{children(guild.data)}
		</>
	);
}
