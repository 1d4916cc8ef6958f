/* What channels and members look like in a table: a mark, the name as the way to their page, and what is the matter. */
import {
	Folder,
	Hash,
	ListFilter,
	Megaphone,
	MessagesSquare,
	Podcast,
	Spool,
	Volume2,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import type { Person } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { keepRange, type IdFilter } from '@/lib/view';
import { useView } from '@/lib/use-view';

const ICONS: Record<number, typeof Hash> = {
	2: Volume2,
	4: Folder,
	5: Megaphone,
	10: Spool,
	11: Spool,
	12: Spool,
	13: Podcast,
	15: MessagesSquare,
	16: MessagesSquare,
};

export function ChannelIcon({ kind }: { kind: number }) {
	const Icon = ICONS[kind] ?? Hash;
	return <Icon size={14} aria-hidden="true" />;
}

/** Where one of them has a page of its own; the range comes along. */
export function useDetailHref(guildId: string) {
	const [search] = useSearchParams();
	const kept = keepRange(search).toString();
	return (what: 'channels' | 'members', id: string) =>
		`/guilds/${guildId}/${what}/${id}${kept ? `?${kept}` : ''}`;
}

interface ChannelNameProps {
	guildId: string;
	channel: { id: string | null; name: string; kind: number; is_deleted?: boolean };
	parent?: string | null;
}

export function ChannelName({ guildId, channel, parent }: ChannelNameProps) {
	const { t } = useTranslation();
	const href = useDetailHref(guildId);
	const name = channel.name || t(channel.id ? 'lists.hidden_channel' : 'lists.no_category');
	return (
		<span className="ra-name">
			<ChannelIcon kind={channel.kind} />
			<bdi>{channel.id ? <Link href={href('channels', channel.id)}>{name}</Link> : name}</bdi>
			{parent && <bdi className="ra-name__more">{parent}</bdi>}
			{channel.is_deleted && <em className="ra-tag">{t('lists.deleted')}</em>}
		</span>
	);
}

interface MemberNameProps {
	guildId: string;
	member: {
		id: string;
		name: string;
		username?: string;
		avatar_url: string | null;
		is_bot?: boolean;
	};
	hasLeft: boolean;
}

export function MemberName({ guildId, member, hasLeft }: MemberNameProps) {
	const { t } = useTranslation();
	const href = useDetailHref(guildId);
	const name = member.name || t('lists.unknown_member');
	return (
		<span className="ra-name">
			<Avatar id={member.id} name={name} url={member.avatar_url} size={22} />
			<bdi>
				<Link href={href('members', member.id)}>{name}</Link>
			</bdi>
			{member.username && member.username !== name && (
				<bdi className="ra-name__more">{member.username}</bdi>
			)}
			{member.is_bot && <em className="ra-tag">{t('lists.bot')}</em>}
			{hasLeft && <em className="ra-tag">{t('lists.left')}</em>}
		</span>
	);
}

/** Makes the page be about this one only; further ones join it. */
export function FilterButton({ what, id, name }: { what: IdFilter; id: string; name: string }) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const ids = view[what] ? view[what].split(',') : [];
	const isOn = ids.includes(id);
	const label = t(isOn ? 'filter.off' : 'filter.on', { name });
	const next = isOn ? ids.filter((one) => one !== id) : [...ids, id];
	return (
		<button
			type="button"
			className="ra-icon-button ra-filter-button"
			aria-pressed={isOn}
			aria-label={label}
			title={label}
			onClick={() => setView({ [what]: next.join() })}
		>
			<ListFilter size={14} aria-hidden="true" />
		</button>
	);
}

/** Somebody by their name alone, or nobody. */
export function PersonName({
	person,
}: {
	person: Pick<Person, 'id' | 'name' | 'avatar_url'> | null;
}) {
	const { t } = useTranslation();
	if (!person) return <>—</>;
	const name = person.name || t('lists.unknown_member');
	return (
		<span className="ra-name">
			<Avatar id={person.id} name={name} url={person.avatar_url} size={22} />
			<bdi>{name}</bdi>
		</span>
	);
}
