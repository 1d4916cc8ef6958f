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
				{
					selector:
						'CallExpression[callee.name=/^(fetch|request|send)$/] > :matches(Literal[value=/^\\//], TemplateLiteral[quasis.0.value.raw=/^\\//])',
					message: 'The api may lie below a base path: ask buildUrl for the address.',
				},
				{
					selector:
						':matches(NewExpression[callee.name="EventSource"], JSXOpeningElement[name.name=/^(a|img|form)$/] > JSXAttribute[name.name=/^(href|src|action)$/], JSXOpeningElement[name.name=/^(a|img|form)$/] > JSXAttribute[name.name=/^(href|src|action)$/] > JSXExpressionContainer) > :matches(Literal[value=/^\\//], TemplateLiteral[quasis.0.value.raw=/^\\//])',
					message: 'The api may lie below a base path: ask buildUrl for the address.',
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
