/* After the build: every text file gets a .gz beside it, so that the server never compresses one. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const TEXT = /\.(js|css|html|svg|json|txt)$/;
const WORTHWHILE_BYTES = 512;

const names = await readdir(DIST, { recursive: true });
for (const name of names.filter((candidate) => TEXT.test(candidate))) {
	const plain = await readFile(new URL(name, DIST));
	if (plain.length >= WORTHWHILE_BYTES)
		await writeFile(new URL(`${name}.gz`, DIST), gzipSync(plain, { level: 9 }));
}
