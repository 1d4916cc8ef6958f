/* What one should know before reading the figures. */
import { Hourglass, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';

export function GuildNotices({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!guild.is_available)
		return (
			<p className="ra-notice is-warning" role="status">
				<WifiOff size={18} aria-hidden="true" />
				<span>
					{guild.last_event_at
						? t('guild.unavailable_since', {
								when: formats.dateTime(
									Date.parse(guild.last_event_at),
									guild.timezone,
								),
							})
						: t('guild.unavailable')}
				</span>
			</p>
		);
	if (!guild.first_event_at)
		return (
			<p className="ra-notice" role="status">
				<Hourglass size={18} aria-hidden="true" />
				<span>{t('guild.no_events')}</span>
			</p>
		);
	return null;
}
