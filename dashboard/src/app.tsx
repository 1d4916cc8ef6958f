/* Which page an address shows. Pages behind the login are loaded when first needed. */
import { lazy, Suspense } from 'react';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { Route, Switch } from 'wouter';
import { Page } from './components/page';
import { RequireLogin } from './components/require-login';
import { Skeleton } from './components/skeleton';
import { Landing } from './features/landing/landing';
import { NotFound } from './features/not-found/not-found';

const GuildPicker = lazy(() =>
	import('./features/guilds/guild-picker').then((module) => ({ default: module.GuildPicker })),
);
const Overview = lazy(() =>
	import('./features/overview/overview').then((module) => ({ default: module.Overview })),
);

function Loading() {
	return (
		<Page title="">
			<Skeleton height={120} lines={4} />
		</Page>
	);
}

export function App({ queries }: { queries: QueryClient }) {
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
					<Route component={NotFound} />
				</Switch>
			</Suspense>
		</QueryClientProvider>
	);
}
