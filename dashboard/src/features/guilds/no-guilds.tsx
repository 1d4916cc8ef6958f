/* Nothing to look at yet: what to do about it. */
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useInstance } from '@/api/use-instance';

export function NoGuilds({ canAdd }: { canAdd: boolean }) {
	const { t } = useTranslation();
	const instance = useInstance();
	return (
		<div className="ra-empty">
			<h2>{t('picker.empty.title')}</h2>
			<p>{t(canAdd ? 'picker.empty.add_below' : 'picker.empty.no_rights')}</p>
			{!canAdd && instance.data?.invite_url && (
				<a className="ra-button is-primary" href={instance.data.invite_url}>
					<Plus size={16} aria-hidden="true" />
					{t('landing.invite')}
				</a>
			)}
		</div>
	);
}
