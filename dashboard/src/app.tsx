/* Which page an address shows. All but the first are loaded when they are needed. */
import { Suspense, useEffect, useRef } from 'react';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { Route, Router, Switch, useLocation } from 'wouter';
import { Page } from './components/page';
import { RequireLogin } from './components/require-login';
import { Skeleton } from './components/skeleton';
import { Landing } from './features/landing/landing';
import { BASE } from './lib/base';
import { page } from './lib/lazy-page';

const GuildPicker = page(
	async () => (await import('./features/guilds/guild-picker')).GuildPicker,
	'picker',
);
const NotFound = page(async () => (await import('./features/not-found/not-found')).NotFound);
const System = page(async () => (await import('./features/system/system')).System, 'system');
const Backups = page(async () => (await import('./features/backups/backups')).Backups, 'backups');
const Imports = page(async () => (await import('./features/imports/imports')).Imports, 'imports');
const SharedPage = page(
	async () => (await import('./features/shares/shared-page')).SharedPage,
	'guild',
	'shared',
);
const Privacy = page(async () => (await import('./features/privacy/privacy')).Privacy, 'privacy');
const Fleet = page(async () => (await import('./features/fleet/fleet')).Fleet, 'guild', 'fleet');
const Inbox = page(async () => (await import('./features/inbox/inbox')).Inbox, 'inbox');
const Leaderboard = page(
	async () => (await import('./features/leaderboard/leaderboard')).Leaderboard,
	'guild',
	'lists',
	'curators',
);
const GuildRoutes = page(async () => (await import('./guild-routes')).GuildRoutes, 'guild');

function Loading() {
	return (
		<Page title="">
			<Skeleton height={120} lines={4} />
		</Page>
	);
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

function Routes() {
	useFreshStart();
	return (
		<Suspense fallback={<Loading />}>
			<Switch>
				<Route path="/" component={Landing} />
				<Route path="/guilds">
					<RequireLogin>
						<GuildPicker />
					</RequireLogin>
				</Route>
				<Route path="/guilds/*" component={GuildRoutes} />
				<Route path="/share/:token">{({ token }) => <SharedPage token={token} />}</Route>
				<Route path="/embed/:token">
					{({ token }) => <SharedPage token={token} isFramed />}
				</Route>
				<Route path="/me">
					<RequireLogin>
						<Privacy />
					</RequireLogin>
				</Route>
				<Route path="/inbox">
					<RequireLogin>
						<Inbox />
					</RequireLogin>
				</Route>
				<Route path="/leaderboard">
					<RequireLogin>
						<Leaderboard />
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
				<Route path="/system/backups">
					<RequireLogin>
						<Backups />
					</RequireLogin>
				</Route>
				<Route path="/system/import">
					<RequireLogin>
						<Imports />
					</RequireLogin>
				</Route>
				<Route component={NotFound} />
			</Switch>
		</Suspense>
	);
}

export function App({ queries }: { queries: QueryClient }) {
	return (
		<QueryClientProvider client={queries}>
			<Router base={BASE}>
				<Routes />
			</Router>
		</QueryClientProvider>
	);
}
