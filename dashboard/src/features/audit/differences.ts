export interface Difference {
	name: string;
	before: unknown;
	after: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/* {retention_days: {hours: 90}} has the member retention_days.hours. */
function flat(value: unknown, path = ''): [string, unknown][] {
	if (!isObject(value)) return path ? [[path, value]] : [];
	return Object.entries(value).flatMap(([name, inner]) =>
		flat(inner, path ? `${path}.${name}` : name),
	);
}

/** What a note of the log says changed, a line a member. */
export function differences(before: unknown, after: unknown): Difference[] {
	const was = new Map(flat(before));
	const is = new Map(flat(after));
	return [...new Set([...was.keys(), ...is.keys()])]
		.map((name) => ({ name, before: was.get(name), after: is.get(name) }))
		.filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

const MEMBERS = 'excluded_members';

/** The ids of people whose names a note needs. */
export const membersIn = (changes: readonly Difference[]): string[] =>
	changes
		.filter((one) => one.name === MEMBERS)
		.flatMap((one) => [one.before, one.after])
		.filter(Array.isArray)
		.flat()
		.map(String);
