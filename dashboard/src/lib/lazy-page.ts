/* Pages that are loaded when they are needed. */
import { lazy, type ComponentType } from 'react';
import { loadArea } from '@/i18n';
import type { Area } from '@/i18n/areas';

/** What comes with the texts it is written in. */
export function page<P extends object>(load: () => Promise<ComponentType<P>>, ...areas: Area[]) {
	return lazy(async () => {
		const [component] = await Promise.all([load(), ...areas.map(loadArea)]);
		return { default: component };
	});
}
