import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { empty, ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { card, GUILD_ID } from '@/test/samples';
import { sortGuilds } from './sort-guilds';

const withoutBot = {
	...card,
	id: '2',
	name: 'Bare',
	has_bot: false,
	is_available: false,
	members: null,
	messages_7d: null,
	invite_url: 'https://discord.com/invite-2',
};

describe('server picker', () => {
	it('shows watched servers with their counts, and offers the bot to the others', async () => {
		openPage('/guilds', { 'GET /api/v1/guilds': ok({ guilds: [withoutBot, card] }) });
		const tile = await screen.findByRole('link', { name: /Night City/ });
		expect(tile.getAttribute('href')).toBe(`/guilds/${GUILD_ID}`);
		expect(within(tile).getByText('120 members')).toBeTruthy();
		expect(within(tile).getByText('1 message in 7 days')).toBeTruthy();
		const add = screen.getByRole('link', { name: 'Add the bot to Bare' });
		expect(add.getAttribute('href')).toBe('https://discord.com/invite-2');
	});

	it('does not offer what one may not do', async () => {
		openPage('/guilds', {
			'GET /api/v1/guilds': ok({ guilds: [{ ...withoutBot, can_manage: false }] }),
		});
		await screen.findByText('Bare');
		expect(screen.queryByRole('link', { name: /Add the bot/ })).toBeNull();
	});

	it('tells newcomers what to do', async () => {
		openPage('/guilds', { 'GET /api/v1/guilds': ok({ guilds: [] }) });
		expect(await screen.findByText(/You need to own a server/)).toBeTruthy();
		expect(screen.getByRole('link', { name: 'Add to a server' })).toBeTruthy();
	});

	it('says what went wrong and tries again', async () => {
		let isBroken = true;
		openPage('/guilds', {
			'GET /api/v1/guilds': (call) =>
				isBroken ? problem(403, 'no Discord token')(call) : ok({ guilds: [card] })(call),
		});
		const alert = await screen.findByRole('alert');
		expect(alert.textContent).toContain('no Discord token');
		isBroken = false;
		await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
		expect(await screen.findByRole('link', { name: /Night City/ })).toBeTruthy();
	});

	it('sends strangers to log in and back', async () => {
		openPage('/guilds', { 'GET /api/v1/me': problem(401) });
		const logIn = await screen.findByRole('link', { name: 'Log in with Discord' });
		expect(logIn.getAttribute('href')).toBe('/login?next=%2Fguilds');
		expect(screen.getByText('Log in to see this page.')).toBeTruthy();
	});

	it('logs out with the token and forgets', async () => {
		const calls = openPage('/guilds', { 'POST /logout': empty() });
		await screen.findByRole('link', { name: /Night City/ });
		await userEvent.click(screen.getByRole('button', { name: 'Account of Ann' }));
		await userEvent.click(screen.getByRole('menuitem', { name: 'Log out' }));
		await waitFor(() => expect(location.pathname + location.search).toBe('/'));
		expect(calls.find((call) => call.path === '/logout')?.headers.get('x-csrf-token')).toBe(
			'secret-token',
		);
		expect(await screen.findByRole('link', { name: 'Log in with Discord' })).toBeTruthy();
	});
});

it('puts the busiest server first', () => {
	const quiet = { ...card, id: '3', name: 'A', messages_7d: 0 };
	const { watched, others } = sortGuilds([quiet, withoutBot, card]);
	expect(watched.map((guild) => guild.id)).toEqual([GUILD_ID, '3']);
	expect(others).toEqual([withoutBot]);
});
