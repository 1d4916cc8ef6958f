import { buildUrl } from '@/api/client';

/** Where all of a list is to be had, of which a page is on the screen: the same question without the page. */
export function listUrl(guildId: string, list: 'channels' | 'members', query: object): string {
	const whole = { ...query, limit: undefined, offset: undefined };
	return buildUrl(`/api/v1/guilds/{guild_id}/${list}`, { guild_id: guildId }, whole);
}
