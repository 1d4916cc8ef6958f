/* Which page of a guild an address shows. Loaded with the first of them, so that the landing page does not carry the list. */
import { Suspense, type ComponentType } from 'react';
import { matchRoute, useLocation, useRouter } from 'wouter';
import { GuildFrame } from './components/guild/guild-frame';
import { RequireLogin } from './components/require-login';
import { Skeleton } from './components/skeleton';
import { NotFound } from './features/not-found/not-found';
import type { Area } from './i18n/areas';
import { page } from './lib/lazy-page';

interface GuildViewProps {
	guildId: string;
	/** what else the path names: one channel, one member */
	params: Record<string, string | undefined>;
}

type GuildView = [tail: string, View: ComponentType<GuildViewProps>];

function view(
	tail: string,
	load: () => Promise<ComponentType<GuildViewProps>>,
	...areas: Area[]
): GuildView {
	return [tail, page(load, 'guild', ...areas)];
}

/* The pages of a guild, by what follows /guilds/<id>; lib/guild-pages.ts lists them for the navigation. */
// prettier-ignore
const GUILD_VIEWS: GuildView[] = [
	view('', async () => (await import('./features/overview/overview')).Overview, 'lists', 'overview'),
	view('/live', async () => (await import('./features/live/live-page')).LivePage, 'live_page'),
	view('/hours', async () => (await import('./features/hours/hours')).HoursPage, 'lists', 'hours'),
	view('/messages', async () => (await import('./features/messages/messages')).MessagesPage, 'lists'),
	view('/channels', async () => (await import('./features/channels/channels')).ChannelsPage, 'lists'),
	view('/channels/:channel', async () => (await import('./features/channels/channel')).ChannelPage, 'lists'),
	view('/voice', async () => (await import('./features/voice/voice')).VoicePage, 'lists', 'voice_page'),
	view('/members', async () => (await import('./features/members/members')).MembersPage, 'lists'),
	view('/members/:member', async () => (await import('./features/members/member')).OneMemberPage, 'lists'),
	view('/growth', async () => (await import('./features/growth/growth')).Growth, 'lists', 'growth'),
	view('/community', async () => (await import('./features/community/community')).Community, 'community'),
	view('/requests', async () => (await import('./features/requests/requests')).Requests, 'lists', 'requests'),
	view('/curators', async () => (await import('./features/curators/curators')).Curators, 'lists', 'curators'),
	view('/curators/:curator', async () => (await import('./features/curators/curator')).OneCurator, 'lists', 'curators'),
	view('/tasks', async () => (await import('./features/tasks/tasks')).Tasks, 'lists', 'rules', 'tasks'),
	view('/schedules', async () => (await import('./features/schedules/schedules')).Schedules, 'schedules'),
	view('/rules', async () => (await import('./features/request-rules/request-rules')).RequestRules, 'rules', 'request_rules'),
	view('/notifications', async () => (await import('./features/notifications/notifications')).Notifications, 'notices', 'notices_page', 'rules'),
	view('/alerts', async () => (await import('./features/alerts/alerts')).Alerts, 'alerts'),
	view('/exports', async () => (await import('./features/exports/exports')).Exports, 'exports'),
	view('/setup', async () => (await import('./features/setup/setup-page')).SetupPage, 'overview', 'checkup'),
	view('/settings', async () => (await import('./features/settings/settings')).Settings, 'rules'),
	view('/audit', async () => (await import('./features/audit/audit')).Audit, 'audit'),
	view('/digest', async () => (await import('./features/digest/digest')).Digest, 'digest'),
	view('/history', async () => (await import('./features/history/history')).History, 'history'),
];

/* The frame is the same for all of them, so it stays while one goes from page to page. */
export function GuildRoutes() {
	const [path] = useLocation();
	const { parser } = useRouter();
	for (const [tail, View] of GUILD_VIEWS) {
		const [isHere, params] = matchRoute(parser, `/guilds/:id${tail}`, path);
		if (isHere && params.id)
			return (
				<RequireLogin>
					<GuildFrame key={params.id} guildId={params.id}>
						<Suspense fallback={<Skeleton height={120} lines={4} />}>
							<View key={path} guildId={params.id} params={params} />
						</Suspense>
					</GuildFrame>
				</RequireLogin>
			);
	}
	return <NotFound />;
}
