/* The steps of the first run, from what the checks found. */
import type { Check } from '@/api/types';

const STEPS = [
	{ key: 'token', topics: ['token'] },
	{ key: 'intents', topics: ['intents'] },
	{ key: 'login', topics: ['login'] },
	{ key: 'services', topics: ['postgresql', 'schema', 'redis', 'services', 'shards'] },
] as const;

export interface FirstRunLine {
	key: (typeof STEPS)[number]['key'] | 'guild';
	isDone: boolean;
	/** why not */
	troubles: Check[];
}

/** A step that nothing was found of is not done: what it needs could not be asked. */
export function firstRunLines(checks: Check[]): FirstRunLine[] {
	const lines = STEPS.map(({ key, topics }): FirstRunLine => {
		const found = checks.filter((check) => topics.some((topic) => topic === check.check));
		const troubles = found.filter((check) => check.verdict === 'problem');
		const isDone = troubles.length === 0 && found.some((check) => check.verdict === 'ok');
		return { key, isDone, troubles };
	});
	return [...lines, { key: 'guild', isDone: false, troubles: [] }];
}
