import { useQuery } from '@tanstack/react-query';
import { get } from '@/api/client';

const EVERY_MS = 2000;

/** Asked again while somebody looks. */
export function useFleet() {
	return useQuery({
		queryKey: ['fleet'],
		queryFn: ({ signal }) => get('/api/v1/system/shards', { signal }),
		refetchInterval: EVERY_MS,
	});
}
