/*
 * One door to the api service. Paths, parameters and answers are typed by the contract,
 * so a wrong URL does not compile. Whatever goes wrong arrives as an ApiError.
 */
import { BASE } from '@/lib/base';
import type { paths } from './schema';
import type { Problem } from './types';

type JsonOf<Op> = Op extends { responses: { 200: { content: { 'application/json': infer Body } } } }
	? Body
	: never;
type QueryOf<Op> = Op extends { parameters: { query?: infer Query } } ? Query : never;

export type GetPath = {
	[P in keyof paths]: paths[P] extends { get: infer Op }
		? [JsonOf<Op>] extends [never]
			? never
			: P
		: never;
}[keyof paths];
export type Answer<P extends GetPath> = paths[P] extends { get: infer Op } ? JsonOf<Op> : never;
export type Query<P extends GetPath> = paths[P] extends { get: infer Op } ? QueryOf<Op> : never;

/** `status` 0: no answer came at all. */
export class ApiError extends Error {
	readonly status: number;
	readonly problem: Problem | null;

	constructor(status: number, problem: Problem | null) {
		super(problem?.detail ?? problem?.title ?? `HTTP ${status}`);
		this.name = 'ApiError';
		this.status = status;
		this.problem = problem;
	}
}

type Scalar = string | number | boolean | null | undefined;

/** Every address of the api service comes from here: it may lie below a base path. */
export function buildUrl(
	path: string,
	ids: Record<string, string> = {},
	query: object = {},
): string {
	const filled = `${BASE}${path}`.replace(/\{(\w+)\}/g, (_, name: string) =>
		encodeURIComponent(ids[name] ?? ''),
	);
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query) as [string, Scalar][])
		if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
	const text = search.toString();
	return text ? `${filled}?${text}` : filled;
}

async function readProblem(response: Response): Promise<Problem | null> {
	if (!response.headers.get('content-type')?.includes('json')) return null;
	try {
		return (await response.json()) as Problem;
	} catch {
		return null;
	}
}

export async function request(url: string, init: RequestInit): Promise<Response> {
	let response: Response;
	try {
		response = await fetch(url, { credentials: 'same-origin', ...init });
	} catch (error) {
		if (init.signal?.aborted) throw error;
		throw new ApiError(0, null);
	}
	if (!response.ok) throw new ApiError(response.status, await readProblem(response));
	return response;
}

export interface GetOptions<P extends GetPath> {
	ids?: Record<string, string>;
	query?: Query<P>;
	signal?: AbortSignal;
}

export async function get<P extends GetPath>(
	path: P,
	{ ids = {}, query, signal }: GetOptions<P> = {},
): Promise<Answer<P>> {
	const response = await request(buildUrl(path, ids, query ?? {}), {
		headers: { accept: 'application/json' },
		signal: signal ?? null,
	});
	return (await response.json()) as Answer<P>;
}

/** Every change carries the token of /api/v1/me, which another site can not read. */
export function send(
	method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
	url: string,
	csrfToken: string,
	body?: unknown,
	signal?: AbortSignal,
): Promise<Response> {
	const headers: Record<string, string> = { 'x-csrf-token': csrfToken };
	if (body !== undefined) headers['content-type'] = 'application/json';
	return request(url, {
		method,
		headers,
		body: body === undefined ? null : JSON.stringify(body),
		signal: signal ?? null,
	});
}
