/* Pages behind the login: who is not logged in goes to the landing page and comes back. */
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { useMe } from '@/api/use-me';
import { herePath } from '@/lib/base';
import { loginPagePath } from '@/lib/login';
import { Page } from './page';
import { ProblemNotice } from './problem-notice';
import { Skeleton } from './skeleton';

export function RequireLogin({ children }: { children: ReactNode }) {
	const me = useMe();
	if (me.data) return children;
	if (me.data === null) return <Redirect to={loginPagePath(herePath())} replace />;
	return (
		<Page title="">
			{me.error ? (
				<ProblemNotice error={me.error} onRetry={() => void me.refetch()} />
			) : (
				<Skeleton height={96} lines={3} />
			)}
		</Page>
	);
}
