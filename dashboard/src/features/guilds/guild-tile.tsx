/* One server of the picker. */
import { Crown, Headset, ListChecks, MessageSquare, Plus, Users, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { GuildCard } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { useFormats } from '@/i18n/use-formats';
import { LeavingNote } from './leaving-note';

function Counts({ guild }: { guild: GuildCard }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const isQuiet = !guild.messages_7d;
	if (!guild.has_bot) return <span>{t('picker.no_bot')}</span>;
	if (!guild.is_available)
		return (
			<span className="ra-guild__warning">
				<WifiOff size={14} aria-hidden="true" />
				{t('picker.unavailable')}
			</span>
		);
	return (
		<>
			{!guild.can_see_figures && (
				<span>
					<Headset size={14} aria-hidden="true" />
					{t('picker.staff')}
				</span>
			)}
			{guild.members !== null && (
				<span>
					<Users size={14} aria-hidden="true" />
					{t('picker.members', { count: guild.members, n: formats.count(guild.members) })}
				</span>
			)}
			{isQuiet && guild.can_manage && (
				<span>
					<ListChecks size={14} aria-hidden="true" />
					{t('picker.setup')}
				</span>
			)}
			{guild.messages_7d !== null && !(isQuiet && guild.can_manage) && (
				<span>
					<MessageSquare size={14} aria-hidden="true" />
					{t('picker.messages_7d', {
						count: guild.messages_7d,
						n: formats.count(guild.messages_7d),
					})}
				</span>
			)}
		</>
	);
}

export function GuildTile({ guild }: { guild: GuildCard }) {
	const { t } = useTranslation();
	const inside = (
		<>
			<Avatar
				id={guild.id}
				name={guild.name}
				url={guild.icon_url}
				size={48}
				shape="squircle"
			/>
			<span className="ra-guild__words">
				<span className="ra-guild__name">
					<span>{guild.name}</span>
					{guild.is_owner && (
						<Crown
							size={14}
							className="ra-guild__crown"
							role="img"
							aria-label={t('picker.owner')}
						/>
					)}
				</span>
				<span className="ra-guild__counts">
					<Counts guild={guild} />
				</span>
			</span>
		</>
	);
	if (guild.has_bot)
		return (
			<li>
				<Link href={`/guilds/${guild.id}`} className="ra-guild">
					{inside}
				</Link>
			</li>
		);
	return (
		<li className="ra-guild is-plain">
			{inside}
			{guild.has_data && <LeavingNote guild={guild} />}
			{guild.invite_url && guild.can_manage && (
				<a
					className="ra-button"
					href={guild.invite_url}
					aria-label={t('picker.add_to', { name: guild.name })}
				>
					<Plus size={16} aria-hidden="true" />
					{t('picker.add')}
				</a>
			)}
		</li>
	);
}
