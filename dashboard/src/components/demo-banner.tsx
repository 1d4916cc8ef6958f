/* Says that what is shown is made up. */
import { FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useInstance } from '@/api/use-instance';

export function DemoBanner() {
	const { t } = useTranslation();
	const instance = useInstance();
	if (!instance.data?.is_demo) return null;
	return (
		<aside className="ra-demo" aria-label={t('demo.label')}>
			<FlaskConical size={16} aria-hidden="true" />
			<p>
				<strong>{t('demo.title')}</strong> {t('demo.text')}
			</p>
		</aside>
	);
}
