import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { MemberPage } from '@/components/member-page';

export function NoAccess() {
	const { t } = useTranslation();
	return (
		<MemberPage title={t('guild.no_access.title')}>
			<div className="ra-empty is-page">
				<h1>{t('guild.no_access.title')}</h1>
				<p>{t('guild.no_access.text')}</p>
				<Link href="/guilds" className="ra-button is-primary">
					{t('guild.no_access.back')}
				</Link>
			</div>
		</MemberPage>
	);
}
