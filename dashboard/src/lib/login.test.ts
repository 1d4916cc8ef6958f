import { expect, it } from 'vitest';
import { localPath, loginPagePath, loginUrl } from './login';

it.each([
	['//evil.example'],
	['/\\evil.example'],
	['https://evil.example'],
	['guilds'],
	[''],
	[null],
])('does not lead away to %s', (path) => {
	expect(localPath(path)).toBeNull();
});

it('keeps the way back', () => {
	expect(localPath('/guilds/1?period=7d')).toBe('/guilds/1?period=7d');
	expect(loginPagePath('/guilds/1?period=7d', true)).toBe(
		'/?next=%2Fguilds%2F1%3Fperiod%3D7d&ended=1',
	);
	expect(loginUrl('/guilds/1?period=7d')).toBe('/login?next=%2Fguilds%2F1%3Fperiod%3D7d');
	expect(loginUrl(null)).toBe('/login?next=%2Fguilds');
});
