import type { GuildCard } from '@/api/types';

/** The busiest first; servers without the bot apart, by name. */
export function sortGuilds(guilds: GuildCard[]): { watched: GuildCard[]; others: GuildCard[] } {
	const watched = guilds.filter((guild) => guild.has_bot);
	const others = guilds.filter((guild) => !guild.has_bot);
	watched.sort(
		(a, b) => (b.messages_7d ?? 0) - (a.messages_7d ?? 0) || a.name.localeCompare(b.name),
	);
	others.sort((a, b) => a.name.localeCompare(b.name));
	return { watched, others };
}
