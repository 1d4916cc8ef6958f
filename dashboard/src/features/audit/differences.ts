export interface Difference {
	name: string;
	before: string;
	after: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown): string =>
	value === undefined || value === null || value === ''
		? '—'
		: typeof value === 'string'
			? value
			: JSON.stringify(value);

/** What a note of the log says changed, a line a member. */
export function differences(before: unknown, after: unknown): Difference[] {
	const was = isObject(before) ? before : {};
	const is = isObject(after) ? after : {};
	return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((name) => ({
		name,
		before: show(was[name]),
		after: show(is[name]),
	}));
}
