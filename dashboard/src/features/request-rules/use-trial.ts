/*
 * A trial of a rule on the last 7 days. The answer is a stream of events: how far it is, each
 * message the rule would have found, and at the end what it comes to. Nothing of it is kept.
 */
import { useEffect, useState } from 'react';
import { ApiError, buildUrl, send } from '@/api/client';
import type { components } from '@/api/schema';
import { useMe } from '@/api/use-me';
import type { RuleWish } from './use-rules';

type Schemas = components['schemas'];
export type Match = Schemas['TrialMatch'];
export type Progress = Schemas['TrialProgress'];
export type Outcome = Schemas['TrialOutcome'];

export interface Trial {
	progress: Progress | null;
	matches: Match[];
	outcome: Outcome | null;
	error: Error | null;
}

const START: Trial = { progress: null, matches: [], outcome: null, error: null };

/** The whole events of what has come so far, and what is left of it. */
export function eventsOf(text: string): [{ event: string; data: string }[], string] {
	const parts = text.split('\n\n');
	const rest = parts.pop() ?? '';
	const events = parts.map((part) => {
		const of = (name: string) =>
			part
				.split('\n')
				.filter((line) => line.startsWith(`${name}: `))
				.map((line) => line.slice(name.length + 2))
				.join('');
		return { event: of('event'), data: of('data') };
	});
	return [events.filter(({ event }) => event !== ''), rest];
}

export function withEvent(trial: Trial, { event, data }: { event: string; data: string }): Trial {
	const told: unknown = JSON.parse(data);
	if (event === 'progress') return { ...trial, progress: told as Progress };
	if (event === 'match') return { ...trial, matches: [...trial.matches, told as Match] };
	if (event === 'done') return { ...trial, outcome: told as Outcome };
	return trial;
}

async function run(response: Response, tell: (change: (trial: Trial) => Trial) => void) {
	const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
	let rest = '';
	let isDone = false;
	for (;;) {
		const piece = await reader?.read();
		if (!piece || piece.done) break;
		const [events, left] = eventsOf(rest + piece.value);
		rest = left;
		isDone = isDone || events.some(({ event }) => event === 'done');
		tell((trial) => events.reduce(withEvent, trial));
	}
	if (!isDone) throw new ApiError(0, null);
}

export function useTrial(guildId: string, draft: RuleWish, ruleId: string | null): Trial {
	const token = useMe().data?.csrf_token;
	const [trial, setTrial] = useState(START);
	useEffect(() => {
		const ending = new AbortController();
		const tell = (change: (trial: Trial) => Trial) => {
			if (!ending.signal.aborted) setTrial(change);
		};
		if (!token) return;
		const url = buildUrl('/api/v1/guilds/{guild_id}/rules/try', { guild_id: guildId });
		send('POST', url, token, { rule: draft, rule_id: ruleId }, ending.signal)
			.then((response) => run(response, tell))
			.catch((error: Error) => tell((last) => ({ ...last, error })));
		return () => ending.abort();
	}, [guildId, draft, ruleId, token]);
	return trial;
}
