// discord.js, unmodified but for the base URL, lives through what Discord can do to a bot.
import { Client, Events, GatewayIntentBits, Partials } from 'discord.js';
import { check, control, finish, inject, until, url } from './checks.mjs';

const client = new Client({
	intents: Object.values(GatewayIntentBits).filter((bit) => typeof bit === 'number'),
	partials: [Partials.Message, Partials.Reaction, Partials.GuildMember],
	rest: { api: `${url}/api` },
});

const seen = { messages: [], resumed: [], ready: 0, reconnecting: 0, joins: [], leaves: [], reactions: [], deletes: [], voice: [], trouble: [] };
client.on(Events.MessageCreate, (m) => seen.messages.push(m));
client.on(Events.MessageDelete, (m) => seen.deletes.push(m.id));
client.on(Events.MessageReactionAdd, (r, user) => seen.reactions.push([r.emoji.name, user.id]));
client.on(Events.GuildMemberAdd, (m) => seen.joins.push(m.id));
client.on(Events.GuildMemberRemove, (m) => seen.leaves.push(m.id));
client.on(Events.VoiceStateUpdate, (before, after) => seen.voice.push([after.id, after.channelId]));
client.on(Events.ShardResume, (id, replayed) => seen.resumed.push(replayed));
client.on(Events.ShardReady, () => seen.ready++);
client.on(Events.ShardReconnecting, () => seen.reconnecting++);
client.on(Events.Error, (error) => seen.trouble.push(error.message));
client.on(Events.Warn, (text) => seen.trouble.push(text));

const texts = (prefix) => seen.messages.map((m) => m.content).filter((text) => text.startsWith(prefix));
const numbered = (prefix, n) => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

await control('clock', { paused: true }); // nobody speaks but us
const world = await control('world');
const home = world.guilds.find((g) => g.bot_in);
const room = home.channels.find((c) => c.type === 0);
const person = home.members.find((m) => !m.bot);
const say = (content, channel = room) => inject('message', { channel_id: channel.id, user_id: person.id, content });
const sayAll = (prefix, n) => control('inject', {
	acts: numbered(prefix, n).map((content) => ({ act: 'message', channel_id: room.id, user_id: person.id, content })),
});

async function login() {
	await client.login('simulated-bot-token');
	await until('ready', () => client.isReady() && client.guilds.cache.every((g) => g.available));
	check('login: the bot is itself', client.user.id === world.bot_id, client.user.id);
	check('login: every guild came', client.guilds.cache.size === world.guilds.filter((g) => g.bot_in).length, client.guilds.cache.size);
	const guild = client.guilds.cache.get(home.id);
	check('login: names, counts and rooms', guild.name === home.name && guild.memberCount === home.member_count
		&& guild.channels.cache.has(room.id) && guild.roles.cache.size === home.roles.length, [guild.name, guild.memberCount, guild.roles.cache.size]);
	check('login: the owner is known', (await guild.fetchOwner()).id === home.owner_id, guild.ownerId);
}

async function events() {
	const { id } = await say('hello, Привет 🎉');
	const message = await until('a message', () => seen.messages.find((m) => m.id === id));
	check('message: text, author, place', message.content === 'hello, Привет 🎉' && message.author.id === person.id
		&& message.guildId === home.id && message.channel.name === room.name, message);
	check('message: its time is that of its id', Math.abs(message.createdTimestamp - Number((BigInt(id) >> 22n) + 1420070400000n)) < 1, message.createdTimestamp);

	await inject('react', { channel_id: room.id, message_id: id, user_id: person.id, emoji: '🔥' });
	await until('a reaction', () => seen.reactions.length);
	check('reaction', same(seen.reactions, [['🔥', person.id]]), seen.reactions);

	const { id: newcomer } = await inject('user', { username: 'newcomer' });
	await inject('join', { guild_id: home.id, user_id: newcomer });
	await until('a join', () => seen.joins.length);
	check('join', same(seen.joins, [newcomer]) && client.guilds.cache.get(home.id).memberCount === home.member_count + 1, seen.joins);
	const hall = home.channels.find((c) => c.type === 2);
	await inject('voice', { guild_id: home.id, user_id: newcomer, channel_id: hall.id });
	await until('a voice state', () => seen.voice.some(([who, where]) => who === newcomer && where === hall.id));
	await inject('leave', { guild_id: home.id, user_id: newcomer });
	await until('a leave', () => seen.leaves.length);
	check('leave', same(seen.leaves, [newcomer]), seen.leaves);
	await inject('delete', { channel_id: room.id, message_id: id });
	await until('a delete', () => seen.deletes.includes(id));
	check('delete', true);
}

async function rest() {
	const channel = await client.channels.fetch(room.id);
	const sent = await channel.send({ content: 'from the bot', nonce: 'once', enforceNonce: true });
	const again = await channel.send({ content: 'from the bot', nonce: 'once', enforceNonce: true });
	check('send: the same nonce posts once', sent.id === again.id, [sent.id, again.id]);
	await until('its own message', () => seen.messages.some((m) => m.id === sent.id));
	check('send: it hears itself', seen.messages.filter((m) => m.id === sent.id).length === 1);
	await sent.edit('changed');
	check('edit', (await channel.messages.fetch({ message: sent.id, force: true })).content === 'changed');
	const reply = await sent.reply('an answer');
	check('reply', reply.reference.messageId === sent.id && reply.type === 19, reply.type);
	await sent.react('👍');
	await sent.delete();
	check('fetch: a deleted message is gone', (await channel.messages.fetch({ message: sent.id, force: true }).catch((e) => e.code)) === 10008);
	check('send: nothing is refused', (await channel.send('').catch((e) => e.code)) === 50006);
	check('send: 2001 characters are refused', (await channel.send('x'.repeat(2001)).catch((e) => e.code)) === 50035);

	const started = Date.now();
	await Promise.all(numbered('fast', 7).map((text) => channel.send(text)));
	check('rate limit: seven messages at once all arrive, in their time', Date.now() - started > 1000, Date.now() - started);
	const page = await channel.messages.fetch({ limit: 5, cache: false });
	check('fetch: five messages, newest first', page.size === 5 && page.first().id > page.last().id, page.size);

	const guild = client.guilds.cache.get(home.id);
	const members = await guild.members.fetch();
	check('op 8: all members', members.size === guild.memberCount, members.size);
	const found = await guild.members.search({ query: person.name.slice(0, 3), limit: 10 });
	check('search: by the start of the name', found.has(person.id), [...found.keys()]);
	const counted = await client.rest.get(`/guilds/${home.id}`, { query: new URLSearchParams({ with_counts: 'true' }) });
	check('guild with counts', counted.approximate_member_count === guild.memberCount, counted.approximate_member_count);
}

async function interactions() {
	const commands = await client.application.commands.set([{ name: 'ответ', description: 'говорит' }], home.id);
	check('commands: set', commands.size === 1 && commands.first().name === 'ответ', commands);
	const asked = new Promise((done) => client.once(Events.InteractionCreate, done));
	const { id } = await control('interactions', {
		guild_id: home.id, channel_id: room.id, user_id: person.id,
		data: { id: commands.first().id, name: 'ответ', type: 1 },
	});
	const interaction = await asked;
	check('interaction: who and what', interaction.isChatInputCommand() && interaction.user.id === person.id, interaction);
	await interaction.deferReply();
	await interaction.editReply('готово');
	const told = await control(`interactions/${id}`);
	check('interaction: answered in time', told.acknowledged && told.after_ms < 3000, told);
	check('interaction: the answer stands', (await interaction.fetchReply()).content === 'готово');
}

async function reconnects() {
	seen.resumed = [];
	await control('fault', { reconnect: true });
	await sayAll('op7-', 20);
	await until('the resume', () => seen.resumed.length === 1);
	await until('what was said meanwhile', () => texts('op7-').length >= 20);
	check('op 7: resumed, everything once, in order', same(texts('op7-'), numbered('op7-', 20)), texts('op7-'));

	await control('fault', { reset: true });
	await sayAll('reset-', 20);
	await until('the resume', () => seen.resumed.length === 2);
	await until('what was said meanwhile', () => texts('reset-').length >= 20);
	check('TCP reset: it was said while nobody listened', seen.resumed[1] >= 20, seen.resumed);
	check('TCP reset: resumed, everything once, in order', same(texts('reset-'), numbered('reset-', 20)), texts('reset-'));

	await control('fault', { close: 4000 });
	await sayAll('close-', 5);
	await until('the resume', () => seen.resumed.length === 3);
	await until('what was said meanwhile', () => texts('close-').length >= 5);
	check('close 4000: resumed, everything once', same(texts('close-'), numbered('close-', 5)), texts('close-'));

	const before = seen.ready;
	await control('fault', { invalid_session: false });
	await until('a new session', () => seen.ready > before);
	await say('after op 9');
	await until('a message', () => texts('after op 9').length);
	check('op 9: a new session, and it hears', texts('after op 9').length === 1);

	await control('fault', { forget: true });
	await until('a new session', () => seen.ready > before + 1);
	check('a forgotten session: op 9 on RESUME, then a new one', true);
}

async function goodbye() {
	await client.destroy();
	await until('no session', async () => (await control('sessions')).sessions.length === 0);
	check('close 1000: the session is gone', true);
	check('discord.js never complained', seen.trouble.length === 0, seen.trouble);
}

try {
	for (const part of [login, events, rest, interactions, reconnects, goodbye])
		await part();
} catch (error) {
	check(error.message, false, error.stack);
}
finish();
