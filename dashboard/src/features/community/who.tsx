/* A person in a list: face, name, and whether they are still here. */
import { useTranslation } from 'react-i18next';
import type { Person } from '@/api/types';
import { Avatar } from '@/components/avatar';

export const nameOf = (person: Person | null): string => person?.name ?? '';

export function Who({ person }: { person: Person | null }) {
	const { t } = useTranslation();
	if (!person) return <span className="ra-facts__unnamed">—</span>;
	return (
		<span className="ra-facts__who">
			<Avatar id={person.id} name={person.name} url={person.avatar_url} size={20} />
			<span dir="auto" className={person.name ? undefined : 'ra-facts__unnamed'}>
				{person.name || t('community.list.unnamed')}
			</span>
			{person.has_left && <em className="ra-tag">{t('community.list.left')}</em>}
		</span>
	);
}
