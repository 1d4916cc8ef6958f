import { expect, test } from 'vitest';
import { eventsOf, withEvent, type Trial } from './use-trial';

const START: Trial = { progress: null, matches: [], outcome: null, error: null };

test('takes whole events and leaves the rest for later', () => {
	const [events, rest] = eventsOf(': hi\n\nevent: progress\ndata: {"messages":1}\n\nevent: ma');
	expect(events).toEqual([{ event: 'progress', data: '{"messages":1}' }]);
	expect(rest).toBe('event: ma');
	expect(eventsOf(`${rest}tch\ndata: {}\n\n`)).toEqual([[{ event: 'match', data: '{}' }], '']);
	expect(eventsOf('')).toEqual([[], '']);
});

test('keeps what is found, in order, and what it comes to', () => {
	const told = [
		{ event: 'progress', data: '{"messages":5}' },
		{ event: 'match', data: '{"id":"1"}' },
		{ event: 'match', data: '{"id":"2"}' },
		{ event: 'unheard-of', data: '{}' },
		{ event: 'done', data: '{"requests":2}' },
	];
	const trial = told.reduce(withEvent, START);
	expect(trial.matches.map((match) => match.id)).toEqual(['1', '2']);
	expect(trial.progress?.messages).toBe(5);
	expect(trial.outcome?.requests).toBe(2);
});
