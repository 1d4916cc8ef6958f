/* Which page an address shows. All but the first are loaded when they are needed. */
import { lazy, Suspense, useEffect, useRef, type ComponentType } from 'react';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { matchRoute, Route, Switch, useLocation, useRouter } from 'wouter';
import { Page } from './components/page';
import { RequireLogin } from './components/require-login';
import { Skeleton } from './components/skeleton';
import { Landing } from './features/landing/landing';
import { loadArea } from './i18n';
import type { Area } from './i18n/areas';

/** What comes with the texts it is written in. */
function page<P extends object>(load: () => Promise<ComponentType<P>>, ...areas: Area[]) {
	return lazy(async () => {
		const [component] = await Promise.all([load(), ...areas.map(loadArea)]);
		return { default: component };
	});
}

const GuildPicker = page(
	async () => (await import('./features/guilds/guild-picker')).GuildPicker,
	'picker',
);
const NotFound = page(async () => (await import('./features/not-found/not-found')).NotFound);
const System = page(async () => (await import('./features/system/system')).System, 'system');
const SharedPage = page(
	async () => (await import('./features/shares/shared-page')).SharedPage,
	'guild',
	'shared',
);
const Privacy = page(async () => (await import('./features/privacy/privacy')).Privacy, 'privacy');
const Fleet = page(async () => (await import('./features/fleet/fleet')).Fleet, 'guild', 'fleet');
const GuildFrame = page(
	async () => (await import('./components/guild/guild-frame')).GuildFrame,
	'guild',
);

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
	view('/hours', async () => (await import('./features/hours/hours')).HoursPage, 'hours'),
	view('/messages', async () => (await import('./features/messages/messages')).MessagesPage, 'lists'),
	view('/channels', async () => (await import('./features/channels/channels')).ChannelsPage, 'lists'),
	view('/channels/:channel', async () => (await import('./features/channels/channel')).ChannelPage, 'lists'),
	view('/voice', async () => (await import('./features/voice/voice')).VoicePage, 'voice_page'),
	view('/members', async () => (await import('./features/members/members')).MembersPage, 'lists'),
	view('/members/:member', async () => (await import('./features/members/member')).OneMemberPage, 'lists'),
	view('/growth', async () => (await import('./features/growth/growth')).Growth, 'growth'),
	view('/community', async () => (await import('./features/community/community')).Community, 'community'),
	view('/alerts', async () => (await import('./features/alerts/alerts')).Alerts, 'alerts'),
	view('/exports', async () => (await import('./features/exports/exports')).Exports, 'exports'),
	view('/settings', async () => (await import('./features/settings/settings')).Settings, 'rules'),
	view('/audit', async () => (await import('./features/audit/audit')).Audit, 'audit'),
	view('/digest', async () => (await import('./features/digest/digest')).Digest, 'digest'),
	view('/history', async () => (await import('./features/history/history')).History, 'history'),
];

function Loading() {
	return (
		<Page title="">
			<Skeleton height={120} lines={4} />
		</Page>
	);
}

/* The frame is the same for all of them, so it stays while one goes from page to page. */
function GuildRoutes() {
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

/* What a browser does by itself when a page is loaded: begin at the top. */
function useFreshStart(): void {
	const [path] = useLocation();
	const last = useRef(path);
	useEffect(() => {
		if (last.current === path) return;
		last.current = path;
		scrollTo(0, 0);
		document.getElementById('main')?.focus({ preventScroll: true });
	}, [path]);
}

export function App({ queries }: { queries: QueryClient }) {
	useFreshStart();
	return (
		<QueryClientProvider client={queries}>
			<Suspense fallback={<Loading />}>
				<Switch>
					<Route path="/" component={Landing} />
					<Route path="/guilds">
						<RequireLogin>
							<GuildPicker />
						</RequireLogin>
					</Route>
					<Route path="/guilds/*" component={GuildRoutes} />
					<Route path="/share/:token">
						{({ token }) => <SharedPage token={token} />}
					</Route>
					<Route path="/embed/:token">
						{({ token }) => <SharedPage token={token} isFramed />}
					</Route>
					<Route path="/me">
						<RequireLogin>
							<Privacy />
						</RequireLogin>
					</Route>
					<Route path="/compare">
						<RequireLogin>
							<Fleet />
						</RequireLogin>
					</Route>
					<Route path="/system">
						<RequireLogin>
							<System />
						</RequireLogin>
					</Route>
					<Route component={NotFound} />
				</Switch>
			</Suspense>
		</QueryClientProvider>
	);
}
