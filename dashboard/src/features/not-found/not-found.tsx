import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Page } from '@/components/page';

export function NotFound() {
	const { t } = useTranslation();
	return (
		<Page title={t('not_found.title')}>
			<div className="ra-empty is-page">
				<p className="ra-empty__code" aria-hidden="true">
					404
				</p>
				<h1>{t('not_found.title')}</h1>
				<p>{t('not_found.text')}</p>
				<Link href="/" className="ra-button is-primary">
					{t('not_found.home')}
				</Link>
			</div>
		</Page>
	);
}
