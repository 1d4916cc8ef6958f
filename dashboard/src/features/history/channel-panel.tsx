/* A line a channel, and why Discord does not show some of them. */
import { useTranslation } from 'react-i18next';
import type { History, HistoryChannel } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import type { Table } from '@/lib/table';

const VOICE = [2, 13];

export function ChannelPanel({ past }: { past: History }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { channels } = past;

	const nameOf = ({ id, name, kind, is_deleted }: HistoryChannel) => {
		const shown = name ? `${VOICE.includes(kind) ? '' : '#'}${name}` : null;
		const title = shown ?? t('history.channels.nameless', { id });
		return is_deleted ? `${title} ${t('history.channels.deleted')}` : title;
	};
	const stateOf = (channel: HistoryChannel) => {
		if (channel.skipped) return t(`history.channels.skipped.${channel.skipped}`);
		if (channel.is_done) return t('history.channels.done');
		return t('history.channels.reading', { share: formats.share(channel.progress) });
	};
	const table: Table = {
		columns: [
			{ key: 'channel', title: t('history.channels.channel') },
			{ key: 'messages', title: t('history.channels.messages'), isNumber: true },
			{ key: 'threads', title: t('history.channels.threads'), isNumber: true },
			{ key: 'gaps', title: t('history.channels.gaps'), isNumber: true },
			{ key: 'state', title: t('history.channels.state') },
		],
		rows: channels.map((channel) => [
			nameOf(channel),
			channel.messages,
			channel.threads,
			channel.gaps,
			stateOf(channel),
		]),
	};
	return (
		<Panel
			id="channels"
			title={t('history.channels.title')}
			summary={
				channels.length
					? t('history.channels.summary', {
							count: channels.length,
							n: formats.count(channels.length),
						})
					: undefined
			}
		>
			{channels.length ? (
				<DataTable table={table} caption={t('history.channels.title')} />
			) : (
				<p>{t('history.channels.none')}</p>
			)}
		</Panel>
	);
}
