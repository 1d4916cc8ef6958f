/*
 * Weighs the build and fails when it has grown too heavy: the JavaScript of the first page
 * (the entry, what it imports at once, and the heaviest catalogue of texts), all CSS together,
 * and each later chunk by itself.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = { first: 100, css: 36, chunk: 40 }; /* kB, gzip */
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
const styles = new Set(Object.values(manifest).flatMap((item) => item.css ?? []));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = new Set([...withImports(entry)].map((key) => manifest[key].file));

let isHeavy = false;
function report(name, weight, limit) {
	const verdict = weight > limit ? 'TOO HEAVY' : 'ok';
	isHeavy ||= weight > limit;
	console.log(`${name.padEnd(40)} ${weight.toFixed(1).padStart(6)} kB of ${limit}  ${verdict}`);
}

const total = (files) => [...files].reduce((sum, file) => sum + weigh(file), 0);
const catalogues = chunks
	.filter(({ src }) => /locales\/\w+\.json$/.test(src ?? ''))
	.map(({ file }) => weigh(file));
report('first JavaScript', total(first) + Math.max(...catalogues), LIMIT.first);
report('CSS', total(styles), LIMIT.css);
for (const { file } of chunks) if (!first.has(file)) report(file, weigh(file), LIMIT.chunk);
process.exitCode = isHeavy ? 1 : 0;
