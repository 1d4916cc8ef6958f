import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import { BASE } from '@/lib/base';

const KEY = ['my-sessions'];

export function useMySessions() {
	return useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => get('/api/v1/me/sessions', { signal }),
	});
}

/** Ends the session of this id; null: all of them, and with it this page. */
export function useEndSession(csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (id: string | null) => {
			const url = id
				? buildUrl('/api/v1/me/sessions/{session_id}', { session_id: id })
				: buildUrl('/api/v1/me/sessions');
			await send('DELETE', url, csrfToken);
		},
		onSuccess: (_nothing, id) => {
			if (id === null) location.assign(`${BASE}/`);
		},
		onSettled: (_nothing, error, id) =>
			id === null && !error ? undefined : queries.invalidateQueries({ queryKey: KEY }),
	});
}
