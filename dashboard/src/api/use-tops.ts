/*
 * The first of the channels and members. Under a filter they come from the tables, which know
 * filters; else from a shorter way to the same.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { filterKeysOf, type RangeQuery } from '@/lib/view';
import { get } from './client';
import type { ChannelList, MemberList, TopChannels, TopMembers } from './types';
import { figuresKey } from './use-figures';

const BASE = '/api/v1/guilds/{guild_id}';

export const channelsOf = ({ range, totals, rows }: ChannelList): TopChannels => ({
	range,
	total: totals.messages,
	channels: rows.flatMap((row) =>
		row.id && row.messages > 0
			? [
					{
						id: row.id,
						name: row.name,
						kind: row.kind,
						is_deleted: row.is_deleted,
						messages: row.messages,
						members: row.writers,
						previous_messages: row.previous?.messages ?? null,
					},
				]
			: [],
	),
});

export const membersOf = ({ range, rows }: MemberList, by: 'messages' | 'voice'): TopMembers => ({
	range,
	members: rows
		.filter((row) => (by === 'voice' ? row.present_ms : row.messages) > 0)
		.map((row) => ({
			id: row.id,
			name: row.name,
			avatar_url: row.avatar_url,
			has_left: row.left_at !== null,
			messages: row.messages,
			replies: row.replies,
			reactions_given: row.reactions_given,
			voice_ms: row.present_ms,
			previous_messages: row.previous?.messages ?? null,
		})),
});

function useTop<T>(guildId: string, key: unknown[], ask: (signal: AbortSignal) => Promise<T>) {
	return useQuery({
		queryKey: [...figuresKey(guildId), 'top', ...key],
		queryFn: ({ signal }) => ask(signal),
		placeholderData: (last, lastQuery) =>
			lastQuery?.queryKey[1] === guildId ? keepPreviousData(last) : undefined,
	});
}

export const useTopChannels = (guildId: string, range: RangeQuery, limit: number) =>
	useTop(guildId, ['channels', range, limit], async (signal) => {
		const options = { ids: { guild_id: guildId }, query: { ...range, limit }, signal };
		return filterKeysOf(range).length
			? channelsOf(await get(`${BASE}/channels`, options))
			: get(`${BASE}/channels/top`, options);
	});

export const useTopMembers = (
	guildId: string,
	range: RangeQuery,
	by: 'messages' | 'voice',
	limit: number,
) =>
	useTop(guildId, ['members', range, by, limit], async (signal) => {
		const ids = { guild_id: guildId };
		const sort = by === 'voice' ? '-present_ms' : '-messages';
		return filterKeysOf(range).length
			? membersOf(
					await get(`${BASE}/members`, { ids, query: { ...range, sort, limit }, signal }),
					by,
				)
			: get(`${BASE}/members/top`, { ids, query: { ...range, by, limit }, signal });
	});
