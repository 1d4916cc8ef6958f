/* Tables, names and saved filters; the tables live where all figures do (use-figures.ts). */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send, type Query } from './client';
import type { FilterWish, SavedFilters } from './types';
import { useFigures } from './use-figures';
import { useMe } from './use-me';

const BASE = '/api/v1/guilds/{guild_id}';
type Base = typeof BASE;

export const useMessages = (guildId: string, query: Query<`${Base}/messages`>) =>
	useFigures(`${BASE}/messages`, guildId, query);
export const useChannels = (guildId: string, query: Query<`${Base}/channels`>) =>
	useFigures(`${BASE}/channels`, guildId, query);
export const useMembers = (guildId: string, query: Query<`${Base}/members`>) =>
	useFigures(`${BASE}/members`, guildId, query);
export const useRows = (guildId: string, query: Query<`${Base}/rows`>) =>
	useFigures(`${BASE}/rows`, guildId, query);

export const useChannel = (guildId: string, id: string) =>
	useQuery({
		queryKey: ['guild', guildId, 'channel', id],
		queryFn: ({ signal }) =>
			get(`${BASE}/channels/{channel_id}`, {
				ids: { guild_id: guildId, channel_id: id },
				signal,
			}),
	});

export const useMember = (guildId: string, id: string) =>
	useQuery({
		queryKey: ['guild', guildId, 'member', id],
		queryFn: ({ signal }) =>
			get(`${BASE}/members/{user_id}`, { ids: { guild_id: guildId, user_id: id }, signal }),
	});

/** Names for the ids of a filter, and what a search finds. */
export const useDirectory = (guildId: string, query: Query<`${Base}/directory`>, isWanted = true) =>
	useQuery({
		queryKey: ['guild', guildId, 'directory', query],
		queryFn: ({ signal }) =>
			get(`${BASE}/directory`, { ids: { guild_id: guildId }, query, signal }),
		enabled: isWanted,
		placeholderData: keepPreviousData,
		staleTime: 60_000,
	});

const savedKey = (guildId: string) => ['guild', guildId, 'filters'] as const;

export const useSavedFilters = (guildId: string) =>
	useQuery({
		queryKey: savedKey(guildId),
		queryFn: async ({ signal }) =>
			(await get(`${BASE}/filters`, { ids: { guild_id: guildId }, signal })).filters,
	});

/** Saving, renaming and taking away; all answer with what there is then. */
export function useChangeSavedFilters(guildId: string) {
	const queries = useQueryClient();
	const token = useMe().data?.csrf_token ?? '';
	const url = buildUrl(`${BASE}/filters`, { guild_id: guildId });
	const keep = (answer: SavedFilters) => queries.setQueryData(savedKey(guildId), answer.filters);
	const save = useMutation({
		mutationFn: async (wish: { name: string; filter: FilterWish; is_shared: boolean }) =>
			(await (await send('POST', url, token, wish)).json()) as SavedFilters,
		onSuccess: keep,
	});
	const rename = useMutation({
		mutationFn: async ({ id, name }: { id: string; name: string }) =>
			(await (await send('PATCH', `${url}/${id}`, token, { name })).json()) as SavedFilters,
		onSuccess: keep,
	});
	const remove = useMutation({
		mutationFn: async (id: string) =>
			(await (await send('DELETE', `${url}/${id}`, token)).json()) as SavedFilters,
		onSuccess: keep,
	});
	return { save, rename, remove };
}
