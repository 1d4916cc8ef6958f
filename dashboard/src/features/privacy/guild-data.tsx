/* One server: what is kept there about whoever looks, and the switches. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { buildUrl } from '@/api/client';
import type { MyGuild } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { DataTable } from '@/components/data-table';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import type { Table } from '@/lib/table';
import { useMyData, type Wish } from './use-privacy';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function Details({ guild }: { guild: MyGuild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const data = useMyData(guild.id);
	if (data.isPending) return <Skeleton height={80} lines={3} />;
	if (data.error) return <ProblemNotice error={data.error} onRetry={() => void data.refetch()} />;
	const { directory, months, tables } = data.data;
	const byMonth: Table = {
		columns: [
			{ key: 'month', title: t('privacy.data.month') },
			{ key: 'messages', title: t('privacy.data.messages'), isNumber: true },
			{ key: 'reactions', title: t('privacy.data.reactions'), isNumber: true },
			{
				key: 'voice',
				title: t('privacy.data.voice'),
				isNumber: true,
				show: (ms) => formats.duration(ms),
			},
			{ key: 'blocks', title: t('privacy.data.blocks'), isNumber: true },
		],
		rows: months.map((m) => [m.month, m.messages, m.reactions, m.voice_ms, m.blocks]),
	};
	const byTable: Table = {
		columns: [
			{ key: 'name', title: t('privacy.data.table') },
			{ key: 'rows', title: t('privacy.data.rows'), isNumber: true },
		],
		rows: tables.map((one) => [one.name, one.rows]),
	};
	return (
		<div className="ra-privacy__details">
			{directory && (
				<dl>
					<dt>{t('privacy.data.names')}</dt>
					<dd>
						<bdi>
							{[directory.nick, directory.global_name, directory.username]
								.filter(Boolean)
								.join(' · ') || '—'}
						</bdi>
					</dd>
					<dt>{t('privacy.data.roles')}</dt>
					<dd>
						<bdi>{directory.roles.join(', ') || '—'}</bdi>
					</dd>
					<dt>{t('privacy.data.joined')}</dt>
					<dd>
						{directory.joined_at
							? formats.date(Date.parse(directory.joined_at), HERE)
							: '—'}
					</dd>
				</dl>
			)}
			{months.length > 0 && (
				<DataTable table={byMonth} caption={t('privacy.data.by_month')} />
			)}
			<DataTable table={byTable} caption={t('privacy.data.by_table')} />
		</div>
	);
}

interface GuildDataProps {
	guild: MyGuild;
	isPending: boolean;
	onWish: (wish: Wish) => void;
}

export function GuildData({ guild, isPending, onWish }: GuildDataProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [isOpen, setOpen] = useState(false);
	const isOut = guild.opted_out_at !== null;
	return (
		<Panel
			id={`guild-${guild.id}`}
			title={guild.name}
			tools={
				<Avatar
					id={guild.id}
					name={guild.name}
					url={guild.icon_url}
					size={28}
					shape="squircle"
				/>
			}
			summary={t('privacy.sum', {
				messages: formats.count(guild.messages),
				reactions: formats.count(guild.reactions),
				voice: formats.duration(guild.voice_ms),
			})}
		>
			{isOut && (
				<p className="ra-notice" role="status">
					{t('privacy.is_out', {
						when: formats.date(Date.parse(guild.opted_out_at ?? ''), HERE),
					})}
				</p>
			)}
			{guild.erasure_at && (
				<p className="ra-notice" role="status">
					{t('privacy.erasing')}
				</p>
			)}
			<div className="ra-privacy__actions">
				<button
					type="button"
					className="ra-button"
					aria-expanded={isOpen}
					onClick={() => setOpen(!isOpen)}
				>
					{t(isOpen ? 'privacy.hide' : 'privacy.show')}
				</button>
				<a
					className="ra-button"
					href={buildUrl('/api/v1/guilds/{guild_id}/me/export', {
						guild_id: guild.id,
					})}
					download={`my-data-${guild.id}.json`}
				>
					{t('privacy.export')}
				</a>
				<button
					type="button"
					className="ra-button"
					disabled={isPending}
					onClick={() => onWish(isOut ? 'in' : 'out')}
				>
					{t(isOut ? 'privacy.opt_in' : 'privacy.opt_out')}
				</button>
				<button
					type="button"
					className="ra-button"
					disabled={isPending || guild.erasure_at !== null}
					onClick={() => onWish('erase')}
				>
					{t('privacy.erase_here')}
				</button>
			</div>
			{isOpen && <Details guild={guild} />}
		</Panel>
	);
}
