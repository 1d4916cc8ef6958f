/* An empty inbox says why, and what to do next. */
import { Inbox as InboxIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Inbox } from '@/api/types';

export function Nothing({ inbox, onClear }: { inbox: Inbox; onClear: (() => void) | null }) {
	const { t } = useTranslation();
	const { guilds } = inbox;
	const toSetUp = guilds.find((guild) => guild.can_manage);
	if (onClear)
		return (
			<div className="ra-empty">
				<p>{t('inbox.empty.filtered')}</p>
				<button type="button" className="ra-button" onClick={onClear}>
					{t('inbox.filter.clear')}
				</button>
			</div>
		);
	if (!guilds.length)
		return (
			<div className="ra-empty">
				<p>{t('inbox.empty.no_guilds')}</p>
				<Link href="/guilds" className="ra-button">
					{t('account.servers')}
				</Link>
			</div>
		);
	if (!guilds.some((guild) => guild.is_enabled))
		return (
			<div className="ra-empty">
				<p>{t(toSetUp ? 'inbox.empty.set_up' : 'inbox.empty.ask')}</p>
				{toSetUp && (
					<Link href={`/guilds/${toSetUp.id}/rules`} className="ra-button is-primary">
						{t('inbox.empty.to_rules', { name: toSetUp.name })}
					</Link>
				)}
			</div>
		);
	return (
		<div className="ra-empty">
			<InboxIcon size={28} aria-hidden="true" />
			<p>{t('inbox.empty.done')}</p>
		</div>
	);
}
