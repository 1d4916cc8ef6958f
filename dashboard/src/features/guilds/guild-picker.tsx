/* Which server to look at: those with the bot first, then those that could have it. */
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { GuildCard } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { useMe } from '@/api/use-me';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { page } from '@/lib/lazy-page';
import { GuildTile } from './guild-tile';
import { NoGuilds } from './no-guilds';
import { sortGuilds } from './sort-guilds';
import './guilds.scss';

/* Whoever runs the installation has more to see to than the bot's being here. */
const FirstRun = page(async () => (await import('./first-run')).FirstRun, 'checkup');

function Group({ title, guilds }: { title: string; guilds: GuildCard[] }) {
	if (!guilds.length) return null;
	return (
		<section className="ra-guilds">
			<h2>{title}</h2>
			<ul>
				{guilds.map((guild) => (
					<GuildTile key={guild.id} guild={guild} />
				))}
			</ul>
		</section>
	);
}

export function GuildPicker() {
	const { t } = useTranslation();
	const guilds = useGuilds();
	const me = useMe();
	const { watched, others } = sortGuilds(guilds.data ?? []);

	return (
		<MemberPage title={t('picker.title')}>
			<header className="ra-page-head">
				<h1>{t('picker.title')}</h1>
				<p>{t('picker.lead')}</p>
			</header>
			{guilds.isPending && <Skeleton height={88} lines={4} />}
			{guilds.error && (
				<ProblemNotice error={guilds.error} onRetry={() => void guilds.refetch()} />
			)}
			{guilds.data && !watched.length && me.data?.is_owner && (
				<Suspense fallback={<Skeleton height={28} lines={5} />}>
					<FirstRun />
				</Suspense>
			)}
			{guilds.data && !watched.length && !me.data?.is_owner && (
				<NoGuilds canAdd={others.length > 0} />
			)}
			<Group title={t('picker.watched')} guilds={watched} />
			<Group title={t('picker.others')} guilds={others} />
		</MemberPage>
	);
}
