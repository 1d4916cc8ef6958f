/*
 * Weighs the build and fails when it has grown too heavy: the JavaScript of the first page
 * (the entry, what it imports at once, and the heaviest catalogue of texts), the CSS of
 * the heaviest page, and each later chunk by itself.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = { first: 100, css: 32, chunk: 40 }; /* kB, gzip */
const DIST = new URL('../dist/', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
const weigh = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length / 1000;

function withImports(key, seen = new Set()) {
	if (seen.has(key)) return seen;
	seen.add(key);
	for (const next of manifest[key].imports ?? []) withImports(next, seen);
	return seen;
}

const chunks = Object.values(manifest).filter((item) => item.file.endsWith('.js'));
const stylesOf = (key) => [...withImports(key)].flatMap((one) => manifest[one].css ?? []);
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = new Set([...withImports(entry)].map((key) => manifest[key].file));

/* Less than that of its limit is not worth a line. */
const NEAR = 0.9;
let isHeavy = false;
function report(name, weight, limit) {
	const verdict = weight > limit ? 'TOO HEAVY' : 'ok';
	isHeavy ||= weight > limit;
	if (weight < limit * NEAR) return;
	console.log(`${name.padEnd(40)} ${weight.toFixed(1).padStart(6)} kB of ${limit}  ${verdict}`);
}

const total = (files) => [...files].reduce((sum, file) => sum + weigh(file), 0);
const catalogues = chunks
	.filter(({ src }) => /locales\/\w+\.json$/.test(src ?? ''))
	.map(({ file }) => weigh(file));
report('first JavaScript', total(first) + Math.max(...catalogues), LIMIT.first);
const pages = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry);
const css = pages.map((key) => total(new Set([...stylesOf(entry), ...stylesOf(key)])));
report('CSS of a page', Math.max(...css), LIMIT.css);
for (const { file } of chunks) if (!first.has(file)) report(file, weigh(file), LIMIT.chunk);
process.exitCode = isHeavy ? 1 : 0;
