/* @discordjs/ws alone: parses, and counts what it is told; keeps nothing. */
import { REST } from "@discordjs/rest";
import { WebSocketManager, WebSocketShardEvents } from "@discordjs/ws";
import { count, say, time } from "./tally.mjs";

const [, , url] = process.argv;
const rest = new REST({ version: "10", api: `${url}/api` }).setToken("a-token");
const manager = new WebSocketManager({ token: "a-token", intents: 53608447, rest });
let expected = Infinity, guilds = 0;

const on = {
	READY: (d) => (expected = d.guilds.length),
	GUILD_CREATE: () => {
		if (++guilds === expected) say("ready");
	},
	MESSAGE_CREATE: (d) => {
		count("message", d.guild_id, d.channel_id, d.author.id, time(d.id));
		if (d.content === "the end") say("end");
	},
	MESSAGE_UPDATE: (d) => count("edit", d.guild_id, d.channel_id, d.author?.id),
	MESSAGE_DELETE: (d) => count("deletion", d.guild_id, d.channel_id, ""),
	MESSAGE_REACTION_ADD: (d) => count("reaction", d.guild_id, d.channel_id, d.user_id),
	VOICE_STATE_UPDATE: (d) => count("voice", d.guild_id, d.channel_id, d.user_id),
	PRESENCE_UPDATE: (d) => count("presence", d.guild_id, "", d.user.id),
	GUILD_MEMBER_ADD: (d) => count("join", d.guild_id, "", d.user.id),
	GUILD_MEMBER_REMOVE: (d) => count("leave", d.guild_id, "", d.user.id),
};
manager.on(WebSocketShardEvents.Dispatch, ({ data }) => on[data.t]?.(data.d));
await manager.connect();
