/* Makes a misspelt key a type error. */
import 'i18next';
import type en from '../../../locales/en.json';
import type history from '../../../locales/en/history.json';
import type system from '../../../locales/en/system.json';

declare module 'i18next' {
	interface CustomTypeOptions {
		defaultNS: 'translation';
		resources: { translation: typeof en & typeof history & typeof system };
	}
}
