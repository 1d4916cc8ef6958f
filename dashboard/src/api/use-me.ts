import { useQuery } from '@tanstack/react-query';
import { ApiError, get } from './client';
import type { Me } from './types';

/** null: nobody is logged in. That is an answer here, not an error. */
export function useMe() {
	return useQuery({
		queryKey: ['me'],
		queryFn: async ({ signal }): Promise<Me | null> => {
			try {
				return await get('/api/v1/me', { signal });
			} catch (error) {
				if (error instanceof ApiError && error.status === 401) return null;
				throw error;
			}
		},
		staleTime: 5 * 60_000,
	});
}
