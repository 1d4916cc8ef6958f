/*
 * How the dashboard is built, served while developing, and tested.
 * `npm run dev` sends the API's paths to RATIONS_API: a running api service, or the
 * stand-in of `npm run mock`.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const api = process.env.RATIONS_API ?? 'http://127.0.0.1:5000';

/* Tests that put another module in the place of one (vi.mock): it must not have been loaded before. */
const ALONE = ['src/features/overview/overview.test.tsx', 'src/lib/base.test.tsx'];

export default defineConfig({
	plugins: [react()],
	resolve: {
		alias: {
			'@locales': path('../locales'),
			'@': path('./src'),
			/* A stand-in for a hook that this React has. */
			'use-sync-external-store/shim/index.js': 'react',
			'use-sync-external-store/shim': 'react',
		},
	},
	css: {
		preprocessorOptions: {
			/* Bootstrap 5.3 is written in the Sass of its day; nothing here can change that. */
			scss: {
				quietDeps: true,
				silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'],
			},
		},
	},
	/* Built once, served below any base path: what a file of the build asks for is found beside it.
	   Only the page says where that is, and the api writes it there. */
	experimental: {
		renderBuiltUrl: (file, { hostType }) =>
			hostType === 'html' ? `/${file}` : { relative: true },
	},
	build: {
		target: 'es2022',
		assetsInlineLimit: 0 /* the content security policy forbids data: fonts */,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		license: { fileName: 'licenses.md' },
		manifest: true,
		rolldownOptions: {
			output: {
				codeSplitting: {
					groups: [
						{ name: 'plot', test: /node_modules\/uplot/ },
						/* What the first page loads and every page needs, in one piece. */
						{
							name: 'base',
							test: /node_modules\/(react|react-dom|scheduler|wouter|regexparam|i18next|react-i18next|@tanstack)\//,
						},
					],
				},
			},
		},
	},
	server: {
		fs: { allow: [path('..')] },
		proxy: Object.fromEntries(
			['/api', '/login', '/callback', '/logout'].map((prefix) => [prefix, { target: api }]),
		),
	},
	test: {
		environment: 'happy-dom',
		testTimeout: 30_000,
		setupFiles: './src/test/setup.ts',
		css: false,
		restoreMocks: true,
		/* To load everything anew for every file takes most of the time there is. */
		projects: [
			{
				extends: true,
				test: {
					name: 'together',
					isolate: false,
					include: ['src/**/*.test.{ts,tsx}'],
					exclude: ALONE,
				},
			},
			{ extends: true, test: { name: 'alone', include: ALONE } },
		],
	},
});
