/* The pages that are of no guild, and what is no page. Loaded with the first of them, so that the landing page does not carry the list. */
import type { ComponentType } from 'react';
import { Route, Switch } from 'wouter';
import { RequireLogin } from './components/require-login';
import { NotFound } from './features/not-found/not-found';
import { page } from './lib/lazy-page';

// prettier-ignore
const VIEWS: [path: string, View: ComponentType][] = [
	['/me', page(async () => (await import('./features/privacy/privacy')).Privacy, 'privacy')],
	['/inbox', page(async () => (await import('./features/inbox/inbox')).Inbox, 'inbox')],
	['/leaderboard', page(async () => (await import('./features/leaderboard/leaderboard')).Leaderboard, 'guild', 'lists', 'curators')],
	['/compare', page(async () => (await import('./features/fleet/fleet')).Fleet, 'guild', 'fleet')],
	['/system', page(async () => (await import('./features/system/system')).System, 'system', 'checkup')],
	['/system/backups', page(async () => (await import('./features/backups/backups')).Backups, 'backups')],
	['/system/import', page(async () => (await import('./features/imports/imports')).Imports, 'imports')],
];

export function OtherRoutes() {
	return (
		<Switch>
			{VIEWS.map(([path, View]) => (
				<Route key={path} path={path}>
					<RequireLogin>
						<View />
					</RequireLogin>
				</Route>
			))}
			<Route component={NotFound} />
		</Switch>
	);
}
