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
const SharedPage = page(
	async () => (await import('./features/shares/shared-page')).SharedPage,
	'guild',
	'shared',
);
const GuildRoutes = page(async () => (await import('./guild-routes')).GuildRoutes, 'guild');
const OtherRoutes = page(async () => (await import('./other-routes')).OtherRoutes);

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
				<Route component={OtherRoutes} />
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
