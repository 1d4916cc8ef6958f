import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export function useInstance() {
	return useQuery({
		queryKey: ['instance'],
		queryFn: ({ signal }) => get('/api/v1/instance', { signal }),
		staleTime: 5 * 60_000,
	});
}
