/* The hooks of the voice page and of what goes on now. */
import { useQuery } from '@tanstack/react-query';
import { get } from './client';
import { figuresKey, useFigures } from './use-figures';
import type { RangeQuery } from '@/lib/view';

export const useVoice = (guildId: string, range: RangeQuery) =>
	useFigures('/api/v1/guilds/{guild_id}/voice', guildId, range);

export const useVoiceChannels = (guildId: string, range: RangeQuery, sort: string, limit: number) =>
	useFigures('/api/v1/guilds/{guild_id}/channels', guildId, { ...range, sort, limit });

export const useVoiceMembers = (guildId: string, range: RangeQuery, sort: string, limit: number) =>
	useFigures('/api/v1/guilds/{guild_id}/members', guildId, { ...range, sort, limit });

/** Who sits in voice: asked again every half minute, and when the live feed says so. */
export function useVoiceNow(guildId: string) {
	return useQuery({
		queryKey: [...figuresKey(guildId), 'voice-now'],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/voice/now', { ids: { guild_id: guildId }, signal }),
		refetchInterval: 30_000,
	});
}

export function useNow(guildId: string) {
	return useQuery({
		queryKey: [...figuresKey(guildId), 'now'],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/now', { ids: { guild_id: guildId }, signal }),
		refetchInterval: 30_000,
	});
}
