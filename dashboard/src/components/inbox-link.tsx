/* The way to the inbox from everywhere, with how many wait. */
import { Inbox } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useInboxCount } from '@/api/use-inbox-count';

const SHOWN_MAX = 99;

export function InboxLink() {
	const { t } = useTranslation();
	const [path] = useLocation();
	const { hasDesk, open, overdue } = useInboxCount();
	if (!hasDesk) return null;
	return (
		<Link
			href="/inbox"
			className="ra-icon-button ra-inbox-link"
			aria-current={path === '/inbox' ? 'page' : undefined}
			aria-label={t('account.inbox_open', { count: open })}
			title={t('account.inbox')}
		>
			<Inbox size={18} aria-hidden="true" />
			{open > 0 && (
				<span className={overdue > 0 ? 'is-overdue' : ''} aria-hidden="true">
					{open > SHOWN_MAX ? `${SHOWN_MAX}+` : open}
				</span>
			)}
		</Link>
	);
}
