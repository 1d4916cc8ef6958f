/* Channels that can not be written to, and what to do about it. */
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { whyText } from './why';
import { useTrouble } from './use-notices';

export function TroublePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data: rows } = useTrouble(guild.id);
	if (!rows?.length) return null;
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	return (
		<section className="ra-notices__trouble" aria-labelledby="trouble-title">
			<TriangleAlert size={20} aria-hidden="true" />
			<div>
				<h2 id="trouble-title">{t('notices_page.trouble.title')}</h2>
				<ul>
					{rows.map((one) => (
						<li key={one.channel_id}>
							<strong>
								{one.channel_name
									? `#${one.channel_name}`
									: t('notices_page.reminder.gone')}
							</strong>{' '}
							{t('notices_page.trouble.since', { time: when(one.since) })}.{' '}
							{whyText(t, one.why)}{' '}
							{one.retry_at &&
								t('notices_page.trouble.retry', { time: when(one.retry_at) })}{' '}
							{one.waiting > 0 &&
								t('notices_page.trouble.behind', { count: one.waiting })}
						</li>
					))}
				</ul>
			</div>
		</section>
	);
}
