/* Who of the staff did how much, over any of my servers. */
import { useTranslation } from 'react-i18next';
import { MemberPage } from '@/components/member-page';

export function Leaderboard() {
	const { t } = useTranslation();
	return (
		<MemberPage title={t('curators.leaderboard.title')}>
			<header className="ra-page-head">
				<h1>{t('curators.leaderboard.title')}</h1>
				<p>{t('curators.leaderboard.lead')}</p>
			</header>
			<div className="ra-empty">{t('curators.leaderboard.empty')}</div>
		</MemberPage>
	);
}
