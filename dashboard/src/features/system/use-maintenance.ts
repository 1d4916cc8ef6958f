import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';

const EVERY_MS = 5000;
const KEY = ['maintenance'];

/** Asked again while somebody looks. */
export function useMaintenance() {
	return useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => get('/api/v1/maintenance', { signal }),
		refetchInterval: EVERY_MS,
	});
}

/** Makes a task due; it runs in a moment. */
export function useRunNow(csrfToken: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (task: string) =>
			send('POST', buildUrl('/api/v1/maintenance/{task}', { task }), csrfToken),
		onSettled: () => client.invalidateQueries({ queryKey: KEY }),
	});
}
