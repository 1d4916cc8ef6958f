/* What was sent to one webhook and what became of it. */
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Delivery, Guild, Webhook } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';

const EVERY_MS = 3000;

function resultOf(one: Delivery, t: TFunction, when: (at: string) => string): string {
	if (one.delivered_at) return t('alerts.hooks.delivered');
	if (!one.trouble) return t('alerts.hooks.waiting');
	return one.next_at
		? t('alerts.hooks.next', { trouble: one.trouble, when: when(one.next_at) })
		: t('alerts.hooks.given_up', { trouble: one.trouble });
}

interface DeliveriesDialogProps {
	guild: Guild;
	hook: Webhook;
	onClose: () => void;
}

export function DeliveriesDialog({ guild, hook, onClose }: DeliveriesDialogProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data, error } = useQuery({
		queryKey: ['out', guild.id, 'deliveries', hook.id],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/webhooks/{webhook_id}/deliveries', {
				ids: { guild_id: guild.id, webhook_id: hook.id },
				signal,
			}),
		refetchInterval: EVERY_MS,
	});
	const title = t('alerts.hooks.deliveries', { name: hook.name });
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	return (
		<Dialog title={title} onClose={onClose}>
			{!data && !error && <Skeleton height={80} />}
			{error && !data && <ProblemNotice error={error} />}
			{data?.total === 0 && <p>{t('alerts.hooks.none')}</p>}
			{data && data.total > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={title}>
					<table className="ra-table">
						<thead>
							<tr>
								<th scope="col">{t('alerts.hooks.event')}</th>
								<th scope="col">{t('alerts.hooks.when')}</th>
								<th scope="col" className="is-number">
									{t('alerts.hooks.attempts')}
								</th>
								<th scope="col">{t('alerts.hooks.result')}</th>
							</tr>
						</thead>
						<tbody>
							{data.rows.map((one) => (
								<tr key={one.id}>
									<td>{t(`alerts.hooks.events.${one.event}`)}</td>
									<td>{when(one.created_at)}</td>
									<td className="is-number">{formats.count(one.attempts)}</td>
									<td>{resultOf(one, t, when)}</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
		</Dialog>
	);
}
