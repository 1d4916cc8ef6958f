/* A choice of a page, in the address: what is drawn, by what it is ranked. The default is left out. */
import { useSearchParams } from 'wouter';

export function useChoice<T extends string>(
	name: string,
	options: readonly T[],
	fallback: T,
): [T, (value: T) => void] {
	const [search, setSearch] = useSearchParams();
	const asked = search.get(name);
	const choose = (value: T) =>
		setSearch((now) => {
			const next = new URLSearchParams(now);
			if (value === fallback) next.delete(name);
			else next.set(name, value);
			return next;
		});
	return [options.find((option) => option === asked) ?? fallback, choose];
}
