/* Who sits in voice now, room by room. */
import { Headphones, HeadphoneOff, MicOff, MonitorUp, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, VoiceRoom } from '@/api/types';
import { useVoiceNow } from '@/api/use-voice';
import { Avatar } from '@/components/avatar';
import { ChannelIcon } from '@/components/channel-icon';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import './rooms.scss';

type Sitter = VoiceRoom['members'][number];

const SIGNS = [
	{ key: 'is_deafened', Icon: HeadphoneOff },
	{ key: 'is_muted', Icon: MicOff },
	{ key: 'stream', Icon: MonitorUp },
	{ key: 'video', Icon: Video },
] as const;

function Person({ sitter, nowMs }: { sitter: Sitter; nowMs: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<li className="ra-room__person">
			<Avatar id={sitter.id} name={sitter.name} url={sitter.avatar_url} size={24} />
			<span className="ra-room__name">{sitter.name}</span>
			{sitter.is_bot && <em className="ra-tag">{t('rooms.bot')}</em>}
			{SIGNS.filter(({ key }) => sitter[key]).map(({ key, Icon }) => (
				<Icon key={key} size={14} role="img" aria-label={t(`rooms.${key}`)} />
			))}
			<time dateTime={sitter.joined_at}>
				{formats.duration(Math.max(0, nowMs - Date.parse(sitter.joined_at)))}
			</time>
		</li>
	);
}

function Room({ room, nowMs }: { room: VoiceRoom; nowMs: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<li className="ra-room">
			<h3>
				<ChannelIcon kind={room.kind} size={16} />
				<span>{room.name || t('top.hidden_channel')}</span>
				{room.is_afk && <em className="ra-tag">{t('rooms.afk')}</em>}
				<strong>
					{t('rooms.people', { count: room.people, n: formats.count(room.people) })}
				</strong>
			</h3>
			{room.members.length > 0 && (
				<ul>
					{room.members.map((sitter) => (
						<Person key={sitter.id} sitter={sitter} nowMs={nowMs} />
					))}
				</ul>
			)}
		</li>
	);
}

export function RoomsPanel({ guild, className }: { guild: Guild; className?: string }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useVoiceNow(guild.id);
	return (
		<Panel id="rooms" title={t('rooms.title')} className={className ?? ''}>
			{!data && !error && <Skeleton height={28} lines={4} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && !data.channels.length && (
				<div className="ra-empty is-small">
					<Headphones size={24} aria-hidden="true" />
					<p>{t('rooms.empty')}</p>
				</div>
			)}
			{data && data.channels.length > 0 && (
				<ul className="ra-rooms">
					{data.channels.map((room) => (
						<Room key={room.id} room={room} nowMs={Date.parse(data.at)} />
					))}
				</ul>
			)}
		</Panel>
	);
}
