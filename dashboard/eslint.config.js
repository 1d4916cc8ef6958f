import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config(
	{ ignores: ['dist/', 'shots/', 'node_modules/', 'src/api/schema.d.ts'] },
	...ts.configs.strict,
	{
		files: ['src/**/*.{ts,tsx}'],
		...hooks.configs.flat.recommended,
	},
	{
		files: ['src/**/*.{ts,tsx}'],
		rules: {
			'@typescript-eslint/consistent-type-imports': 'error',
			'no-restricted-syntax': [
				'error',
				{
					selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
					message: 'Names and texts come from strangers: let React escape them.',
				},
			],
			eqeqeq: 'error',
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ varsIgnorePattern: '^_', ignoreRestSiblings: true },
			],
		},
	},
);
