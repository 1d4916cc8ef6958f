/* The whole application at an address, as a browser would show it. */
import { render } from '@testing-library/react';
import { newQueryClient } from '@/api/query-client';
import { App } from '@/app';
import * as samples from './samples';
import { mockApi, ok, type Call } from './mock-api';

type Routes = Parameters<typeof mockApi>[0];

const GUILD = `/api/v1/guilds/${samples.GUILD_ID}`;
const SERIES = { messages: samples.messages, members: samples.members, voice: samples.voice };

/** Everything answers; a test replaces what it is about. */
export const ROUTES: Routes = {
	'GET /api/v1/instance': ok(samples.instance),
	'GET /api/v1/me': ok(samples.me),
	'GET /api/v1/guilds': ok({ guilds: [samples.card] }),
	'GET /api/v1/inbox/count': ok({ open: 0, overdue: 0, at_risk: 0, old: 0, snoozed: 0, mine: 0 }),
	[`GET ${GUILD}`]: ok(samples.guild),
	[`GET ${GUILD}/overview`]: ok(samples.overview),
	[`GET ${GUILD}/setup`]: ok(samples.setup),
	[`GET ${GUILD}/annotations`]: ok({ range: samples.overview.range, rows: [] }),
	[`GET ${GUILD}/timeseries`]: ({ search }) =>
		Response.json(SERIES[search.get('metric') as keyof typeof SERIES]),
	[`GET ${GUILD}/channels/top`]: ok(samples.topChannels),
	[`GET ${GUILD}/members/top`]: ok(samples.topMembers),
	[`GET ${GUILD}/heatmap`]: ok(samples.heatmap),
};

export function openPage(path: string, routes: Routes = {}): Call[] {
	const calls = mockApi({ ...ROUTES, ...routes });
	history.replaceState(null, '', path);
	render(<App queries={newQueryClient()} />);
	return calls;
}
