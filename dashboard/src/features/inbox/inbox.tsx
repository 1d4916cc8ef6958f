/* Requests that wait, over all my servers. */
import { useTranslation } from 'react-i18next';
import { MemberPage } from '@/components/member-page';

export function Inbox() {
	const { t } = useTranslation();
	return (
		<MemberPage title={t('inbox.title')}>
			<header className="ra-page-head">
				<h1>{t('inbox.title')}</h1>
				<p>{t('inbox.lead')}</p>
			</header>
			<div className="ra-empty">{t('inbox.empty')}</div>
		</MemberPage>
	);
}
