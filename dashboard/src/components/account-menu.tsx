import { Columns3, Inbox, LayoutGrid, LogOut, Server, ShieldUser, Trophy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Me } from '@/api/types';
import { useLogOut } from '@/api/use-log-out';
import { Avatar } from './avatar';
import { Menu, MenuItem } from './menu';

export function AccountMenu({ me }: { me: Me }) {
	const { t } = useTranslation();
	const [, navigate] = useLocation();
	const logOut = useLogOut(me.csrf_token);
	return (
		<Menu
			className="ra-account"
			label={t('account.title', { name: me.name })}
			trigger={<Avatar id={me.id} name={me.name} url={me.avatar_url} size={28} />}
		>
			<div className="ra-menu__head" role="presentation">
				<strong>{me.name}</strong>
				<span>@{me.username}</span>
			</div>
			<MenuItem
				icon={<LayoutGrid size={16} aria-hidden="true" />}
				onPick={() => navigate('/guilds')}
			>
				{t('account.servers')}
			</MenuItem>
			<MenuItem
				icon={<Inbox size={16} aria-hidden="true" />}
				onPick={() => navigate('/inbox')}
			>
				{t('account.inbox')}
			</MenuItem>
			<MenuItem
				icon={<Trophy size={16} aria-hidden="true" />}
				onPick={() => navigate('/leaderboard')}
			>
				{t('account.leaderboard')}
			</MenuItem>
			<MenuItem
				icon={<ShieldUser size={16} aria-hidden="true" />}
				onPick={() => navigate('/me')}
			>
				{t('account.my_data')}
			</MenuItem>
			<MenuItem
				icon={<Columns3 size={16} aria-hidden="true" />}
				onPick={() => navigate('/compare')}
			>
				{t('account.compare')}
			</MenuItem>
			{me.is_owner && (
				<MenuItem
					icon={<Server size={16} aria-hidden="true" />}
					onPick={() => navigate('/system')}
				>
					{t('account.system')}
				</MenuItem>
			)}
			<MenuItem
				icon={<LogOut size={16} aria-hidden="true" />}
				onPick={() => {
					/* Where it fails, a reload shows how things stand. */
					logOut().then(
						() => navigate('/'),
						() => location.reload(),
					);
				}}
			>
				{t('account.log_out')}
			</MenuItem>
		</Menu>
	);
}
