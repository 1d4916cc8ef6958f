import { describe, expect, it, vi } from 'vitest';
import { mockApi, ok, problem } from '@/test/mock-api';
import { ApiError, buildUrl, get, send } from './client';

describe('buildUrl', () => {
	it('fills ids in and leaves out what is not given', () => {
		expect(
			buildUrl(
				'/api/v1/guilds/{guild_id}/overview',
				{ guild_id: '1' },
				{ period: '7d', from: undefined, to: '' },
			),
		).toBe('/api/v1/guilds/1/overview?period=7d');
	});

	it('does not let an id climb out of its place', () => {
		expect(buildUrl('/a/{id}/b', { id: '../x?y' })).toBe('/a/..%2Fx%3Fy/b');
	});
});

describe('get', () => {
	it('turns a problem into an error that knows it', async () => {
		mockApi({ 'GET /api/v1/guilds': problem(400, 'unknown period') });
		const error = await get('/api/v1/guilds').catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(ApiError);
		expect(error).toMatchObject({ status: 400, message: 'unknown period' });
	});

	it('survives an error page of a proxy', async () => {
		vi.stubGlobal('fetch', async () => new Response('<h1>Bad gateway</h1>', { status: 502 }));
		await expect(get('/api/v1/guilds')).rejects.toMatchObject({ status: 502, problem: null });
	});

	it('calls no answer status 0', async () => {
		vi.stubGlobal('fetch', async () => {
			throw new TypeError('Failed to fetch');
		});
		await expect(get('/api/v1/guilds')).rejects.toMatchObject({ status: 0 });
	});
});

describe('send', () => {
	it('carries the token and the body', async () => {
		const calls = mockApi({ 'PATCH /x': ok({}) });
		await send('PATCH', buildUrl('/x'), 'token', { timezone: 'UTC' });
		expect(calls[0]?.headers.get('x-csrf-token')).toBe('token');
		expect(calls[0]?.headers.get('content-type')).toBe('application/json');
		expect(calls[0]?.body).toEqual({ timezone: 'UTC' });
	});
});
