/* A fetch that knows only what the test told it; anything else fails the test. */
import { vi } from 'vitest';
import type { Problem } from '@/api/types';

export interface Call {
	method: string;
	path: string;
	search: URLSearchParams;
	headers: Headers;
	body: unknown;
}
type Reply = (call: Call) => Response;

export const ok =
	(body: unknown): Reply =>
	() =>
		Response.json(body);
export const empty = (): Reply => () => new Response(null, { status: 204 });
export function problem(status: number, detail = ''): Reply {
	const body: Problem = { type: 'about:blank', title: 'Problem', status, detail };
	return () =>
		new Response(JSON.stringify(body), {
			status,
			headers: { 'content-type': 'application/problem+json' },
		});
}

/** Requests nobody told the test about; setup.ts fails the test for them. */
export const strangers: string[] = [];

/** `routes`: `GET /api/v1/me` and so on. Returns the calls made, in order. */
export function mockApi(routes: Record<string, Reply>): Call[] {
	const calls: Call[] = [];
	vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
		const url = new URL(input, location.origin);
		const call: Call = {
			method: init.method ?? 'GET',
			path: url.pathname,
			search: url.searchParams,
			headers: new Headers(init.headers),
			body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
		};
		calls.push(call);
		const name = `${call.method} ${call.path}`;
		const reply = routes[name];
		if (!reply) {
			strangers.push(name);
			throw new Error(`nobody told the test about ${name}`);
		}
		return reply(call);
	});
	return calls;
}
