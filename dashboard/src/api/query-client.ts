/*
 * How answers are kept: half a minute is fresh, servers that stumble are asked again,
 * and an ended session sends the person to log in and back to where they were.
 */
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

export const FRESH_MS = 30_000;
const RETRIES = 2;

function shouldRetry(failures: number, error: Error): boolean {
	const status = error instanceof ApiError ? error.status : -1;
	return failures < RETRIES && (status === 0 || status >= 500);
}

export function newQueryClient(onSessionEnded: () => void): QueryClient {
	return new QueryClient({
		queryCache: new QueryCache({
			onError: (error) => {
				if (error instanceof ApiError && error.status === 401) onSessionEnded();
			},
		}),
		defaultOptions: {
			queries: { staleTime: FRESH_MS, retry: shouldRetry, retryDelay: (n) => 400 * 2 ** n },
		},
	});
}
