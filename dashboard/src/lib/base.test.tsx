/* The whole application below a base path, as a page says it. */
import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mockApi, ok, problem } from '@/test/mock-api';
import { card, GUILD_ID, instance, me } from '@/test/samples';

beforeEach(() => {
	vi.resetModules();
	document.documentElement.dataset.base = '/rations/';
});
afterEach(() => {
	delete document.documentElement.dataset.base;
	vi.resetModules();
});

async function openBelow(path: string, routes: Parameters<typeof mockApi>[0]) {
	const { render } = await import('@testing-library/react');
	const { newQueryClient } = await import('@/api/query-client');
	const { App } = await import('@/app');
	const calls = mockApi(routes);
	history.replaceState(null, '', path);
	render(<App queries={newQueryClient()} />);
	return calls;
}

it('asks and links below it', async () => {
	await openBelow('/rations/guilds', {
		'GET /rations/api/v1/instance': ok(instance),
		'GET /rations/api/v1/me': ok(me),
		'GET /rations/api/v1/inbox/count': ok({ open: 0 }),
		'GET /rations/api/v1/guilds': ok({ guilds: [card] }),
	});
	const tile = await screen.findByRole('link', { name: new RegExp(card.name) });
	expect(tile.getAttribute('href')).toBe(`/rations/guilds/${GUILD_ID}`);
});

it('sends to the login and back, the way back without it', async () => {
	await openBelow('/rations/guilds/1?period=7d', {
		'GET /rations/api/v1/instance': ok(instance),
		'GET /rations/api/v1/me': problem(401),
	});
	await waitFor(() => expect(location.pathname).toBe('/rations/'));
	const logIn = await screen.findByRole('link', { name: 'Log in with Discord' });
	expect(logIn.getAttribute('href')).toBe('/rations/login?next=%2Fguilds%2F1%3Fperiod%3D7d');
});
