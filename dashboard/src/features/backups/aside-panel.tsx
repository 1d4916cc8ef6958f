/* Databases that restores have put aside: they cost room until somebody lets them go. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Backups } from '@/api/types';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { ConfirmDialog } from './confirm-dialog';
import { sizeText } from './size';
import { useOrder } from './use-backups';

export function AsidePanel({ aside }: { aside: Backups['aside'] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const order = useOrder();
	const [asked, setAsked] = useState<string | null>(null);
	if (aside.length === 0) return null;
	const drop = (name: string) =>
		order.mutate(
			{ method: 'DELETE', path: `/backups/aside/${encodeURIComponent(name)}` },
			{ onSuccess: () => setAsked(null) },
		);
	return (
		<Panel id="backup-aside" title={t('backups.aside.title')} summary={t('backups.aside.lead')}>
			<ul className="ra-backups__aside">
				{aside.map(({ name, bytes }) => (
					<li key={name}>
						<code>{name}</code>
						{bytes !== null && <span>{sizeText(bytes, formats.language)}</span>}
						<button
							type="button"
							className="ra-button"
							aria-label={t('backups.aside.drop_named', { name })}
							onClick={() => setAsked(name)}
						>
							{t('backups.aside.drop')}
						</button>
					</li>
				))}
			</ul>
			{asked && (
				<ConfirmDialog
					title={t('backups.aside.drop_title', { name: asked })}
					go={t('backups.aside.drop')}
					isPending={order.isPending}
					error={order.error}
					onGo={() => drop(asked)}
					onClose={() => setAsked(null)}
				>
					<p>{t('backups.aside.drop_text')}</p>
				</ConfirmDialog>
			)}
		</Panel>
	);
}
