/* Makes a misspelt key a type error. */
import 'i18next';
import type en from '../../../locales/en.json';
import type alerts from '../../../locales/en/alerts.json';
import type audit from '../../../locales/en/audit.json';
import type backups from '../../../locales/en/backups.json';
import type checkup from '../../../locales/en/checkup.json';
import type community from '../../../locales/en/community.json';
import type curators from '../../../locales/en/curators.json';
import type digest from '../../../locales/en/digest.json';
import type exports from '../../../locales/en/exports.json';
import type fleet from '../../../locales/en/fleet.json';
import type growth from '../../../locales/en/growth.json';
import type guild from '../../../locales/en/guild.json';
import type history from '../../../locales/en/history.json';
import type hours from '../../../locales/en/hours.json';
import type imports from '../../../locales/en/imports.json';
import type inbox from '../../../locales/en/inbox.json';
import type lists from '../../../locales/en/lists.json';
import type live_page from '../../../locales/en/live_page.json';
import type notices from '../../../locales/en/notices.json';
import type notices_page from '../../../locales/en/notices_page.json';
import type overview from '../../../locales/en/overview.json';
import type picker from '../../../locales/en/picker.json';
import type privacy from '../../../locales/en/privacy.json';
import type request_rules from '../../../locales/en/request_rules.json';
import type requests from '../../../locales/en/requests.json';
import type rules from '../../../locales/en/rules.json';
import type schedules from '../../../locales/en/schedules.json';
import type shared from '../../../locales/en/shared.json';
import type system from '../../../locales/en/system.json';
import type tasks from '../../../locales/en/tasks.json';
import type voice_page from '../../../locales/en/voice_page.json';

declare module 'i18next' {
	interface CustomTypeOptions {
		defaultNS: 'translation';
		resources: {
			translation: typeof en &
				typeof alerts &
				typeof audit &
				typeof backups &
				typeof checkup &
				typeof community &
				typeof curators &
				typeof digest &
				typeof exports &
				typeof fleet &
				typeof growth &
				typeof guild &
				typeof history &
				typeof hours &
				typeof imports &
				typeof inbox &
				typeof lists &
				typeof live_page &
				typeof notices &
				typeof notices_page &
				typeof overview &
				typeof picker &
				typeof privacy &
				typeof request_rules &
				typeof requests &
				typeof rules &
				typeof schedules &
				typeof shared &
				typeof system &
				typeof tasks &
				typeof voice_page;
		};
	}
}
