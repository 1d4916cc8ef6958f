/* discord.js, unmodified but for the base URL: counts what it tells. `lean`: caches only what it cannot do without. */
import { Client, Events, GatewayIntentBits, Options, Partials } from "discord.js";
import { count, say } from "./tally.mjs";

const [, , url, caches] = process.argv;
const none = Object.fromEntries(["AutoModerationRuleManager", "BaseGuildEmojiManager", "DMMessageManager", "EntitlementManager", "GuildBanManager",
	"GuildEmojiManager", "GuildForumThreadManager", "GuildInviteManager", "GuildMessageManager", "GuildScheduledEventManager", "GuildStickerManager",
	"GuildTextThreadManager", "MessageManager", "PresenceManager", "ReactionManager", "ReactionUserManager", "StageInstanceManager", "ThreadManager",
	"ThreadMemberManager", "VoiceStateManager"].map((name) => [name, 0]));
const mine = { maxSize: 0, keepOverLimit: (member) => member.id === member.client.user.id };
const client = new Client({
	intents: Object.values(GatewayIntentBits).filter((bit) => typeof bit === "number"),
	partials: [Partials.Message, Partials.Reaction, Partials.User, Partials.GuildMember, Partials.Channel],
	rest: { api: `${url}/api` },
	...(caches === "lean" && { makeCache: Options.cacheWithLimits({ ...none, GuildMemberManager: mine, UserManager: mine }) }),
});

client.on(Events.MessageCreate, (message) => {
	count("message", message.guildId, message.channelId, message.author.id, message.createdTimestamp);
	if (message.content === "the end") say("end");
});
client.on(Events.MessageUpdate, (before, after) => count("edit", after.guildId, after.channelId, after.author?.id));
client.on(Events.MessageDelete, (message) => count("deletion", message.guildId, message.channelId, ""));
client.on(Events.MessageReactionAdd, (reaction, user) => count("reaction", reaction.message.guildId, reaction.message.channelId, user.id));
client.on(Events.VoiceStateUpdate, (before, after) => count("voice", after.guild.id, after.channelId, after.id));
client.on(Events.PresenceUpdate, (before, after) => count("presence", after.guild.id, "", after.userId));
client.on(Events.GuildMemberAdd, (member) => count("join", member.guild.id, "", member.id));
client.on(Events.GuildMemberRemove, (member) => count("leave", member.guild.id, "", member.id));
client.on(Events.ClientReady, () => say("ready"));
await client.login("a-token");
