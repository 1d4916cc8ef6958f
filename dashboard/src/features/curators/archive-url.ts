import { buildUrl } from '@/api/client';

export const archiveUrl = (guildId: string, id: string): string =>
	buildUrl('/api/v1/guilds/{guild_id}/curator-archives/{archive_id}', {
		guild_id: guildId,
		archive_id: id,
	});
