/*
 * How answers are kept: half a minute is fresh, servers that stumble are asked again,
 * and an ended session sends the person to log in and back to where they were.
 */
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { navigate } from 'wouter/use-browser-location';
import { BASE, herePath } from '@/lib/base';
import { loginPagePath } from '@/lib/login';
import { ApiError } from './client';

const FRESH_MS = 30_000;
const RETRIES = 2;
const RETRY_MS = 400;

function shouldRetry(failures: number, error: Error): boolean {
	const status = error instanceof ApiError ? error.status : -1;
	return failures < RETRIES && (status === 0 || status >= 500);
}

export function newQueryClient(): QueryClient {
	const queries = new QueryClient({
		queryCache: new QueryCache({
			onError: (error) => {
				if (error instanceof ApiError && error.status === 401) leave();
			},
		}),
		defaultOptions: {
			queries: {
				staleTime: FRESH_MS,
				retry: shouldRetry,
				retryDelay: (failures) => RETRY_MS * 2 ** failures,
			},
		},
	});
	/* Several panels may learn of it at once; the first one leads the way. */
	const leave = () => {
		if (!queries.getQueryData(['me'])) return;
		navigate(BASE + loginPagePath(herePath(), true), { replace: true });
		queries.setQueryData(['me'], null);
	};
	return queries;
}
