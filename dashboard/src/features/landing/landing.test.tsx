import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { instance } from '@/test/samples';
import { ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';

const nobody = { 'GET /api/v1/me': problem(401) };

describe('landing', () => {
	it('leads to Discord and to the invitation', async () => {
		openPage('/', nobody);
		const logIn = await screen.findByRole('link', { name: 'Log in with Discord' });
		expect(logIn.getAttribute('href')).toBe('/login?next=%2Fguilds');
		const invite = await screen.findByRole('link', { name: 'Add to a server' });
		expect(invite.getAttribute('href')).toBe(instance.invite_url);
		expect(screen.queryByRole('complementary')).toBeNull();
	});

	it.each([
		['denied', /cancelled at Discord/],
		['state', /took too long/],
		['discord', /did not confirm/],
		['surprise', /did not work/],
	])('explains a failed login: %s', async (error, text) => {
		openPage(`/?login_error=${error}`, nobody);
		expect((await screen.findByRole('alert')).textContent).toMatch(text);
	});

	it('says that a demo is one', async () => {
		openPage('/', { ...nobody, 'GET /api/v1/instance': ok({ ...instance, is_demo: true }) });
		expect((await screen.findByRole('complementary')).textContent).toContain('made up');
	});

	it('offers no login that can not work', async () => {
		openPage('/', {
			...nobody,
			'GET /api/v1/instance': ok({ ...instance, is_configured: false, invite_url: null }),
		});
		expect(await screen.findByText(/DISCORD_CLIENT_SECRET/)).toBeTruthy();
		expect(screen.queryByRole('link', { name: /Log in/ })).toBeNull();
	});

	it('does not ask who is in to log in again', async () => {
		openPage('/?next=%2Fguilds%2F1');
		const open = await screen.findByRole('link', { name: 'Open your servers' });
		expect(open.getAttribute('href')).toBe('/guilds/1');
	});
});

it('says so when there is no such page', async () => {
	openPage('/nowhere');
	expect(await screen.findByRole('heading', { name: 'There is no such page' })).toBeTruthy();
});
