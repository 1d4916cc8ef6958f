/*
 * After the build: the licences of what is not JavaScript join those of what is, and every text
 * file gets a .gz beside it, so that the server never compresses one. Vite's own notes go.
 */
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const TEXT = /\.(js|css|html|svg|json|txt|md)$/;
const WORTHWHILE_BYTES = 512;
const STYLED_WITH = ['bootstrap', '@fontsource-variable/inter'];

for (const name of STYLED_WITH) {
	const licence = await readFile(
		new URL(`../node_modules/${name}/LICENSE`, import.meta.url),
		'utf8',
	);
	await appendFile(new URL('licenses.md', DIST), `\n## ${name}\n\n${licence}`);
}

await rm(new URL('.vite', DIST), { recursive: true });

const names = await readdir(DIST, { recursive: true });
for (const name of names.filter((candidate) => TEXT.test(candidate))) {
	const plain = await readFile(new URL(name, DIST));
	if (plain.length >= WORTHWHILE_BYTES)
		await writeFile(new URL(`${name}.gz`, DIST), gzipSync(plain, { level: 9 }));
}
