/* The catalogues say the same things in every language, with every plural that language has. */
import { describe, expect, it } from 'vitest';
import en from '@locales/en.json';
import ru from '@locales/ru.json';

const pages = import.meta.glob<Tree>('../../../locales/*/*.json', {
	eager: true,
	import: 'default',
});

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, prefix = ''): Map<string, string> {
	const flat = new Map<string, string>();
	for (const [key, value] of Object.entries(tree)) {
		if (typeof value === 'string') flat.set(prefix + key, value);
		else for (const [path, text] of flatten(value, `${prefix}${key}.`)) flat.set(path, text);
	}
	return flat;
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const baseOf = (key: string) => key.replace(PLURAL, '');
const holesOf = (text: string) =>
	[...text.matchAll(/\{\{(\w+)\}\}/g)].map((hole) => hole[1]).sort();
function groupBy(keys: string[], nameOf: (key: string) => string): Map<string, string[]> {
	const groups = new Map<string, string[]>();
	for (const key of keys) groups.set(nameOf(key), [...(groups.get(nameOf(key)) ?? []), key]);
	return groups;
}
const categories = (language: string) =>
	new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();

/* The first page's texts and those of all areas. */
function whole(language: string, first: Tree): Map<string, string> {
	const mine = Object.entries(pages).filter(([path]) => path.includes(`/${language}/`));
	return flatten(Object.assign({}, first, ...mine.map(([, tree]) => tree)) as Tree);
}

const firsts: Record<string, Tree> = { en, ru };
const catalogues: Record<string, Map<string, string>> = {
	en: whole('en', en),
	ru: whole('ru', ru),
};
const english = whole('en', en);

describe.each(Object.entries(catalogues))('%s', (language, texts) => {
	it('has the same keys as English', () => {
		const bases = (keys: Iterable<string>) => [...new Set([...keys].map(baseOf))].toSorted();
		expect(bases(texts.keys())).toEqual(bases(english.keys()));
	});

	it('has every plural form of its language, and no other', () => {
		const plurals = groupBy(
			[...texts.keys()].filter((key) => PLURAL.test(key)),
			baseOf,
		);
		expect(plurals.size).toBeGreaterThan(0);
		for (const [base, keys] of plurals) {
			const forms = keys.map((key) => key.slice(base.length + 1)).toSorted();
			expect(forms, base).toEqual(categories(language));
		}
	});

	it('fills the same blanks', () => {
		for (const [key, text] of texts) {
			const original = english.get(key) ?? english.get(`${baseOf(key)}_other`);
			expect(holesOf(text), key).toEqual(holesOf(original ?? ''));
		}
	});

	it('lets no two catalogues have the same key', () => {
		const mine = Object.entries(pages).filter(([path]) => path.includes(`/${language}/`));
		const keys = [firsts[language] ?? {}, ...mine.map(([, tree]) => tree)].flatMap(Object.keys);
		expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
	});

	it('names the first key of an area as the area', () => {
		for (const [path, tree] of Object.entries(pages))
			expect(path).toContain(`/${Object.keys(tree)[0]}.json`);
	});

	it('leaves nothing empty', () => {
		for (const [key, text] of texts) expect(text.trim(), key).not.toBe('');
	});
});
