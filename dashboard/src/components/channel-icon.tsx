/* What kind of channel it is, as Discord draws it. */
import { Hash, Megaphone, MessagesSquare, Podcast, Spool, Volume2 } from 'lucide-react';
import { channelLook } from '@/features/overview/top/top-data';

const ICONS = {
	text: Hash,
	voice: Volume2,
	news: Megaphone,
	stage: Podcast,
	thread: Spool,
	forum: MessagesSquare,
};

export function ChannelIcon({ kind, size = 14 }: { kind: number; size?: number }) {
	const Icon = ICONS[channelLook(kind)];
	return <Icon size={size} aria-hidden="true" />;
}
