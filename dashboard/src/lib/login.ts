/* The way to the login and back to where one was. Paths to come back to are the router's. */
import { BASE } from './base';

/** Only paths of this site: `//evil.example` is not one. */
export function localPath(path: string | null): string | null {
	return path && /^\/(?![/\\])/.test(path) ? path : null;
}

export function loginPagePath(next: string, hasEnded = false): string {
	const search = new URLSearchParams({ next });
	if (hasEnded) search.set('ended', '1');
	return `/?${search.toString()}`;
}

/** Served by the api, not by a route of ours. */
export function loginUrl(next: string | null): string {
	return `${BASE}/login?next=${encodeURIComponent(next ?? '/guilds')}`;
}
