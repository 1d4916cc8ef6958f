/* The questions of the page of requests, and what they are narrowed to; all of it in the address. */
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { get } from '@/api/client';
import { useFigures } from '@/api/use-figures';
import { useGuilds } from '@/api/use-guilds';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';

export const NARROWINGS = ['channel', 'curator', 'rule', 'kind', 'priority'] as const;
export type Narrowing = (typeof NARROWINGS)[number];

/** One of each kind at most; chips take them away. */
export type Narrowed = Partial<Record<Narrowing, string>>;

const GUILDS_MAX = 50;
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];

export function useNarrowed(): [Narrowed, (what: Narrowing, value: string) => void] {
	const [search, setSearch] = useSearchParams();
	const narrowed: Narrowed = {};
	for (const what of NARROWINGS) {
		const value = search.get(what);
		if (value && value.length <= 20) narrowed[what] = value;
	}
	const set = (what: Narrowing, value: string) =>
		setSearch((now) => {
			const next = new URLSearchParams(now);
			if (value) next.set(what, value);
			else next.delete(what);
			next.delete('page');
			return next;
		});
	return [narrowed, set];
}

/* Priorities are words here and numbers in the query. */
function narrowQuery({ priority, ...rest }: Narrowed) {
	const number = priority ? PRIORITIES.indexOf(priority) + 1 : 0;
	return { ...rest, priority: number ? String(number) : undefined };
}

/** The guilds whose desk one may see: what `guilds` of the query may name. */
export function useDeskGuilds(): string[] {
	const { data } = useGuilds();
	return (data ?? [])
		.filter((guild) => guild.has_bot && (guild.can_manage || guild.is_staff))
		.map((guild) => guild.id)
		.slice(0, GUILDS_MAX);
}

export function useRequestFigures(guildId: string, by: 'asked' | 'answered', guilds: string[]) {
	const [view] = useView();
	const [narrowed] = useNarrowed();
	const { period, from, to, compare } = rangeQuery(view);
	return useFigures('/api/v1/guilds/{guild_id}/request-figures', guildId, {
		period,
		from,
		to,
		compare,
		by,
		...(guilds.length && { guilds: guilds.join() }),
		...narrowQuery(narrowed),
	});
}

export interface ListWish {
	sort: string;
	q?: string | undefined;
	limit: number;
	offset: number;
	state: string;
	who: string;
}

export function useRequestList(guildId: string, wish: ListWish) {
	const [view] = useView();
	const [narrowed] = useNarrowed();
	const { period, from, to } = rangeQuery(view);
	const { state, who, ...page } = wish;
	return useFigures('/api/v1/guilds/{guild_id}/requests', guildId, {
		period,
		from,
		to,
		...page,
		...narrowQuery(narrowed),
		...(state && { state }),
		...(who && { who }),
	} as never);
}

export const useStory = (guildId: string, id: string) =>
	useQuery({
		queryKey: ['guild', guildId, 'figures', 'request', id],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/requests/{request_id}', {
				ids: { guild_id: guildId, request_id: id },
				signal,
			}),
	});
