import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export function useGuilds() {
	return useQuery({
		queryKey: ['guilds'],
		queryFn: ({ signal }) => get('/api/v1/guilds', { signal }),
		select: (answer) => answer.guilds,
	});
}
