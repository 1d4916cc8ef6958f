/* How many requests wait, for the badge in the header; asked by those who may see a desk. */
import { useQuery } from '@tanstack/react-query';
import { get } from './client';
import { useGuilds } from './use-guilds';

const EVERY_MS = 60_000;

export function useInboxCount() {
	const guilds = useGuilds();
	const hasDesk = !!guilds.data?.some(
		(guild) => guild.has_bot && (guild.can_manage || guild.is_staff),
	);
	const count = useQuery({
		queryKey: ['inbox-count'],
		queryFn: ({ signal }) => get('/api/v1/inbox/count', { signal }),
		enabled: hasDesk,
		refetchInterval: EVERY_MS,
	});
	return { hasDesk, open: count.data?.open ?? 0, overdue: count.data?.overdue ?? 0 };
}
