/* Which page an address shows. All but the first are loaded when they are needed. */
import { lazy, Suspense, useEffect, useRef } from 'react';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { Route, Switch, useLocation } from 'wouter';
import { Page } from './components/page';
import { RequireLogin } from './components/require-login';
import { Skeleton } from './components/skeleton';
import { Landing } from './features/landing/landing';
import { loadArea } from './i18n';

const GuildPicker = lazy(() =>
	import('./features/guilds/guild-picker').then((module) => ({ default: module.GuildPicker })),
);
const Overview = lazy(() =>
	import('./features/overview/overview').then((module) => ({ default: module.Overview })),
);

const System = lazy(async () => {
	const [module] = await Promise.all([import('./features/system/system'), loadArea('system')]);
	return { default: module.System };
});

const History = lazy(async () => {
	const [module] = await Promise.all([import('./features/history/history'), loadArea('history')]);
	return { default: module.History };
});

const NotFound = lazy(() =>
	import('./features/not-found/not-found').then((module) => ({ default: module.NotFound })),
);

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
					<Route path="/guilds/:id">
						{({ id }) => (
							<RequireLogin>
								<Overview key={id} guildId={id} />
							</RequireLogin>
						)}
					</Route>
					<Route path="/guilds/:id/history">
						{({ id }) => (
							<RequireLogin>
								<History key={id} guildId={id} />
							</RequireLogin>
						)}
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
