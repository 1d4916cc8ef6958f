/*
 * The staff, what they did, and what it is worth. All of it lives where figures do (use-figures.ts),
 * so that one change brings all of it up to date.
 */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send, type Query } from './client';
import type { RatingPreview, RatingWish } from './types';
import { figuresKey, useFigures } from './use-figures';
import { useMe } from './use-me';

const BASE = '/api/v1/guilds/{guild_id}';
type Base = typeof BASE;

/** Who is staff is settled by another service, a moment after a change. */
const SETTLED_MS = 1500;

export const useCurators = (guildId: string, query: Query<`${Base}/curators`>) =>
	useFigures(`${BASE}/curators`, guildId, query);
export const useActivities = (guildId: string, query: Query<`${Base}/activities`>) =>
	useFigures(`${BASE}/activities`, guildId, query);
export const useActivitySummary = (guildId: string, query: Query<`${Base}/activities/summary`>) =>
	useFigures(`${BASE}/activities/summary`, guildId, query);
export const useExclusions = (guildId: string, query: Query<`${Base}/curator-exclusions`>) =>
	useFigures(`${BASE}/curator-exclusions`, guildId, query);
export const useArchives = (guildId: string, query: Query<`${Base}/curator-archives`>) =>
	useFigures(`${BASE}/curator-archives`, guildId, query);
export const useRating = (guildId: string) =>
	useQuery({
		queryKey: [...figuresKey(guildId), 'rating'],
		queryFn: ({ signal }) => get(`${BASE}/rating`, { ids: { guild_id: guildId }, signal }),
	});

export const useCurator = (
	guildId: string,
	id: string,
	query: Query<`${Base}/curators/{user_id}`>,
) =>
	useQuery({
		queryKey: [...figuresKey(guildId), 'curator', id, query],
		queryFn: ({ signal }) =>
			get(`${BASE}/curators/{user_id}`, {
				ids: { guild_id: guildId, user_id: id },
				query,
				signal,
			}),
		placeholderData: keepPreviousData,
	});

export const useLeaderboard = (query: Query<'/api/v1/leaderboard'>) =>
	useQuery({
		queryKey: ['leaderboard', query],
		queryFn: ({ signal }) => get('/api/v1/leaderboard', { query, signal }),
		placeholderData: keepPreviousData,
	});

/** What other settings would change; asked by POST, but nothing is changed. */
export function useRatingPreview(
	guildId: string,
	wish: RatingWish | null,
	range: Query<`${Base}/overview`>,
) {
	const token = useMe().data?.csrf_token ?? '';
	return useQuery({
		queryKey: [...figuresKey(guildId), 'rating-preview', wish, range],
		queryFn: async () => {
			const url = buildUrl(`${BASE}/rating/preview`, { guild_id: guildId }, range ?? {});
			return (await (await send('POST', url, token, wish)).json()) as RatingPreview;
		},
		enabled: wish !== null && token !== '',
		placeholderData: keepPreviousData,
		retry: false,
	});
}

interface Change {
	method: 'POST' | 'PUT' | 'DELETE';
	/** behind /guilds/{id} */
	tail: string;
	body?: object;
}

/** Changes something of the staff; gives the answer's body, typed by whoever asks. */
export function useCuratorChange<T = unknown>(guildId: string) {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: async ({ method, tail, body }: Change): Promise<T> => {
			const url = buildUrl(BASE, { guild_id: guildId }) + tail;
			const answer = await send(method, url, me.data?.csrf_token ?? '', body);
			return (answer.status === 204 ? null : await answer.json()) as T;
		},
		onSuccess: () => {
			const again = () => {
				void queries.invalidateQueries({ queryKey: figuresKey(guildId) });
				void queries.invalidateQueries({ queryKey: ['leaderboard'] });
			};
			again();
			setTimeout(again, SETTLED_MS);
		},
	});
}
